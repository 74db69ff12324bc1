package io.crij.image.trust;

import java.util.List;

/** What a policy asks of an image (containers-policy.json(5), "Policy Requirements"). */
sealed interface Requirement {
  /** Nothing. */
  record AcceptAnything() implements Requirement {}

  /** Never fulfilled. */
  record Reject() implements Requirement {}

  /** A signature by one of the keys under a fitting name. */
  record SigstoreSigned(List<TrustedKey> keys, SignedIdentity identity) implements Requirement {}

  /** A kind that this runtime cannot check, so no image fulfils it. */
  record Unsupported(String what) implements Requirement {}
}
