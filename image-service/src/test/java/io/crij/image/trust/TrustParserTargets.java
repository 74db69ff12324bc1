package io.crij.image.trust;

import io.crij.image.content.Reference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

/** Feeds bytes to the parsers of policies and of what signatures sign. Only the refusals that callers expect may come out. */
public final class TrustParserTargets {
  private static final Reference REFERENCE = Reference.parse("registry.example:5000/team/app:1");

  private TrustParserTargets() {}

  public static void policy(byte[] bytes) {
    try {
      Policy policy = new PolicyParser(path -> "no key").parse(new String(bytes, StandardCharsets.UTF_8));
      if (policy.requirements(REFERENCE).isEmpty()) {
        throw new AssertionError("a policy without a requirement takes everything");
      }
    } catch (IllegalArgumentException | IOException | GeneralSecurityException refused) {
      // Names what is wrong; no image is taken then.
    }
  }

  public static void payload(byte[] bytes) {
    SignedPayload.parse(bytes).ifPresent(payload -> new SignedIdentity.RepoDigestOrExact().matches(REFERENCE, payload.reference()));
  }
}
