package io.crij.image.content;

import io.crij.helper.crypto.HostCrypto;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A SHA-256 content digest, checked: 64 lower-case hex characters and nothing else. Paths and URLs are built from it, so no
 * unchecked text may become one.
 */
public record Digest(String hex) {
  private static final String PREFIX = "sha256:";

  public Digest {
    if (!isHex(hex)) {
      throw new IllegalArgumentException("a SHA-256 digest has 64 lower-case hex characters");
    }
  }

  /** {@code sha256:<hex>}, or nothing for any other text. */
  public static Optional<Digest> parse(String text) {
    if (!text.startsWith(PREFIX)) {
      return Optional.empty();
    }
    String hex = text.substring(PREFIX.length());
    return isHex(hex) ? Optional.of(new Digest(hex)) : Optional.empty();
  }

  public static Digest of(byte[] content) {
    return finish(sha256(), content);
  }

  /** The host's where it has libcrypto, the JDK's else. */
  public static MessageDigest sha256() {
    try {
      Provider host = HostCrypto.provider().orElse(null);
      return host == null ? MessageDigest.getInstance("SHA-256") : MessageDigest.getInstance("SHA-256", host);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  public static Digest finish(MessageDigest state, byte... last) {
    state.update(last);
    return new Digest(HexFormat.of().formatHex(state.digest()));
  }

  private static boolean isHex(String text) {
    if (text.length() != 64) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return PREFIX + hex;
  }
}
