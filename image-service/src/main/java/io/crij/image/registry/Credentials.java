package io.crij.image.registry;

import io.crij.core.CriException;
import io.crij.cri.AuthConfig;
import io.crij.image.content.Digest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** What a caller gave to log in with; empty text for what it did not give. Its text form holds no secret. */
public record Credentials(String user, String password, String identityToken, String registryToken) {
  public static final Credentials NONE = new Credentials("", "", "", "");

  /**
   * The credentials for {@code host}. An {@code AuthConfig} that names another server gives none: they are not this
   * registry's to see.
   *
   * @throws CriException INVALID_ARGUMENT if {@code auth} is not base64 of {@code user:password}
   */
  public static Credentials of(AuthConfig auth, String host) {
    if (!auth.getServerAddress().isEmpty() && !sameHost(auth.getServerAddress(), host)) {
      return NONE;
    }
    try {
      return of(auth.getUsername(), auth.getPassword(), auth.getAuth(), auth.getIdentityToken(), auth.getRegistryToken());
    } catch (IllegalArgumentException e) {
      throw CriException.invalid("The registry credentials cannot be used: " + e.getMessage() + ".");
    }
  }

  /**
   * @param auth base64 of {@code user:password}, looked at where {@code user} is empty
   * @throws IllegalArgumentException with a reason that holds no secret
   */
  static Credentials of(String user, String password, String auth, String identityToken, String registryToken) {
    if (user.isEmpty() && !auth.isEmpty()) {
      String pair;
      try {
        pair = new String(Base64.getDecoder().decode(auth.strip()), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("the field auth is not base64");
      }
      int colon = pair.indexOf(':');
      if (colon < 0) {
        throw new IllegalArgumentException("the field auth is not base64 of user:password");
      }
      int end = pair.indexOf('\0', colon); // docker pads with NULs
      return of(pair.substring(0, colon), pair.substring(colon + 1, end < 0 ? pair.length() : end), "", identityToken, registryToken);
    }
    if (!(identityToken + registryToken).chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new IllegalArgumentException("a token holds characters that no token has");
    }
    if (user.equals("<token>") && identityToken.isEmpty()) { // how docker's credential helpers mark one
      return new Credentials("", "", password, registryToken);
    }
    return new Credentials(user, password, identityToken, registryToken);
  }

  boolean isNone() {
    return equals(NONE);
  }

  boolean hasBasic() {
    return !user.isEmpty();
  }

  String basicHeader() {
    return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  /** A key under which equal credentials meet and from which they cannot be read. */
  public String fingerprint() {
    return Digest.of(String.join("\0", user, password, identityToken, registryToken).getBytes(StandardCharsets.UTF_8)).hex();
  }

  private static boolean sameHost(String serverAddress, String host) {
    String address = serverAddress.contains("://") ? serverAddress : "https://" + serverAddress;
    String authority;
    try {
      authority = URI.create(address).getAuthority();
    } catch (IllegalArgumentException e) {
      return false;
    }
    if (authority == null) {
      return false;
    }
    return canonical(authority).equals(canonical(host));
  }

  /** One spelling for each registry. */
  static String canonical(String host) {
    return switch (host) {
      case "index.docker.io", "registry-1.docker.io" -> "docker.io";
      default -> host.endsWith(":443") ? host.substring(0, host.length() - 4) : host;
    };
  }

  @Override
  public String toString() {
    return "credentials" + (hasBasic() ? " of user" : "");
  }
}
