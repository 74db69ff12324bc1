package io.crij.image.trust;

import io.crij.image.content.Reference;
import java.util.Optional;

/** Which name a signature must carry (containers-policy.json(5), "signedIdentity"). */
sealed interface SignedIdentity {
  /**
   * Whether a signature for {@code signed} speaks of {@code image}.
   *
   * @param signed text of the payload
   */
  boolean matches(Reference image, String signed);

  /** The very same reference. */
  record Exact() implements SignedIdentity {
    @Override
    public boolean matches(Reference image, String signed) {
      return isComplete(signed) && Reference.tryParse(signed).equals(Optional.of(image));
    }
  }

  /** The same reference for an image with a tag; the same repository for one with a digest. */
  record RepoDigestOrExact() implements SignedIdentity {
    @Override
    public boolean matches(Reference image, String signed) {
      return image.digest() == null ? new Exact().matches(image, signed) : new Repository().matches(image, signed);
    }
  }

  /** The same repository. cosign signs names without tags: they match in this way only. */
  record Repository() implements SignedIdentity {
    @Override
    public boolean matches(Reference image, String signed) {
      return isRepository(signed, image.name());
    }
  }

  /** One given reference, whatever the image is called here. */
  record ExactReference(Reference reference) implements SignedIdentity {
    @Override
    public boolean matches(Reference image, String signed) {
      return new Exact().matches(reference, signed);
    }
  }

  /** One given repository, whatever the image is called here. */
  record ExactRepository(String repository) implements SignedIdentity {
    @Override
    public boolean matches(Reference image, String signed) {
      return isRepository(signed, repository);
    }
  }

  /** As {@link RepoDigestOrExact}, after another prefix took the place of {@code prefix}. */
  record Remapped(String prefix, String signedPrefix) implements SignedIdentity {
    @Override
    public boolean matches(Reference image, String signed) {
      String name = image.name();
      boolean below = name.startsWith(prefix) && (name.length() == prefix.length() || "/:".indexOf(name.charAt(prefix.length())) >= 0);
      String full = below ? signedPrefix + image.toString().substring(prefix.length()) : image.toString();
      return Reference.tryParse(full).filter(remapped -> new RepoDigestOrExact().matches(remapped, signed)).isPresent();
    }
  }

  private static boolean isRepository(String signed, String name) {
    return Reference.tryParse(signed).filter(reference -> reference.name().equals(name)).isPresent();
  }

  /** Whether the text itself has a tag or a digest, and not one that was put in for it. */
  private static boolean isComplete(String signed) {
    return signed.indexOf(':', signed.lastIndexOf('/') + 1) > 0;
  }
}
