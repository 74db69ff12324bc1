package io.crij.core;

import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The id of a sandbox or a container: 64 lower-case hex characters from 256 random bits. Sandboxes and containers share one
 * id space. Checked once, at the edge; everything inside carries this type.
 */
public record ObjectId(String hex) implements Comparable<ObjectId> {
  private static final SecureRandom RANDOM = new SecureRandom();

  public ObjectId {
    if (!isValid(hex)) {
      throw CriException.invalid("'" + Printable.of(hex) + "' is not an id: 64 lower-case hex characters are expected.");
    }
  }

  public static ObjectId random() {
    byte[] bits = new byte[32];
    RANDOM.nextBytes(bits);
    return new ObjectId(HexFormat.of().formatHex(bits));
  }

  public static boolean isValid(String text) {
    return text.length() == 64 && isHex(text);
  }

  /** True for text that can be the beginning of an id, as people type it into crictl. */
  public static boolean isPrefix(String text) {
    return !text.isEmpty() && text.length() <= 64 && isHex(text);
  }

  /** The first 12 characters: enough to tell objects of a node apart in a path or a log line. */
  public String shortHex() {
    return hex.substring(0, 12);
  }

  private static boolean isHex(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int compareTo(ObjectId other) {
    return hex.compareTo(other.hex);
  }

  @Override
  public String toString() {
    return hex;
  }
}
