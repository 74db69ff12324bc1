package io.crij.image.content;

import io.crij.core.CriException;
import io.crij.core.Printable;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A full image name: registry host, repository and either a tag or a digest. Short names are made full as Docker Hub's users
 * expect ({@code busybox} is {@code docker.io/library/busybox:latest}). With both tag and digest the digest alone counts, as
 * in containerd.
 *
 * @param host registry with port, as written ({@code docker.io} stays {@code docker.io})
 */
public record Reference(String host, String repository, @Nullable String tag, @Nullable Digest digest) {
  private static final int NAME_MAX = 255;
  private static final String HUB = "docker.io";
  // The grammar of the distribution project's reference package.
  private static final Pattern HOST =
      Pattern.compile(
          "(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\\[[0-9A-Fa-f:]+])(?::[0-9]{1,5})?");
  private static final Pattern COMPONENT = Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*");
  /** What stands before a host in some URLs, and never in a reference: its '@' is followed by a digest. */
  private static final Pattern LOGIN = Pattern.compile("^[^/@]*:[^/@]*@(?!sha256:)");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

  /** @throws CriException INVALID_ARGUMENT that says which part is wrong */
  public static Reference parse(String text) {
    if (text.length() > NAME_MAX + 1 + 128 + 80) {
      throw CriException.invalid("The image reference is too long: " + text.length() + " characters.");
    }
    String name = text;
    Digest digest = null;
    int at = text.indexOf('@');
    if (at >= 0) {
      String digestText = text.substring(at + 1);
      if (LOGIN.matcher(text).find()) {
        throw bad(text, "it has a login before the host; credentials are given beside it");
      }
      digest =
          Digest.parse(digestText)
              .orElseThrow(() -> bad(text, "'" + printable(digestText) + "' is not a digest (sha256: and 64 lower-case hex characters)"));
      name = text.substring(0, at);
    }
    String tag = null;
    int colon = name.lastIndexOf(':');
    if (colon > name.lastIndexOf('/')) {
      tag = name.substring(colon + 1);
      name = name.substring(0, colon);
      if (!TAG.matcher(tag).matches()) {
        throw bad(text, "'" + printable(tag) + "' is not a tag");
      }
    }
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    String host = HUB;
    String repository = name;
    if (isHost(first)) {
      host = first.equals("index.docker.io") ? HUB : first;
      repository = name.substring(slash + 1);
    }
    if (host.equals(HUB) && repository.indexOf('/') < 0) {
      repository = "library/" + repository;
    }
    if (!HOST.matcher(host).matches()) {
      throw bad(text, "'" + printable(host) + "' is not a registry host");
    }
    for (String component : repository.split("/", -1)) {
      if (!COMPONENT.matcher(component).matches()) {
        throw bad(text, "'" + printable(component) + "' cannot be part of a repository name (lower-case letters, digits and single separators)");
      }
    }
    if (host.length() + 1 + repository.length() > NAME_MAX) {
      throw bad(text, "its name is longer than " + NAME_MAX + " characters");
    }
    if (digest != null) {
      return new Reference(host, repository, null, digest);
    }
    return new Reference(host, repository, tag == null ? "latest" : tag, null);
  }

  public static Optional<Reference> tryParse(String text) {
    try {
      return Optional.of(parse(text));
    } catch (CriException e) {
      return Optional.empty();
    }
  }

  /** Host and repository. */
  public String name() {
    return host + "/" + repository;
  }

  public String withDigest(Digest manifest) {
    return name() + "@" + manifest;
  }

  /** What stands behind {@code /manifests/} in a URL. */
  public String selector() {
    return digest != null ? digest.toString() : String.valueOf(tag);
  }

  @Override
  public String toString() {
    return digest != null ? withDigest(digest) : name() + ":" + tag;
  }

  // A first component is a host when it cannot be a repository name of the Hub.
  private static boolean isHost(String first) {
    return first.indexOf('.') >= 0
        || first.indexOf(':') >= 0
        || first.equals("localhost")
        || first.chars().anyMatch(Character::isUpperCase);
  }

  private static CriException bad(String text, String why) {
    return CriException.invalid("'" + printable(text) + "' is not an image reference: " + why + ".");
  }

  /** Text of a stranger, fit for a message: nothing that misleads, not endless, and no password that somebody put before a host. */
  public static String printable(String text) {
    return Printable.of(LOGIN.matcher(text).replaceFirst("…@"));
  }
}
