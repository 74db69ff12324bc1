package io.crij.container;

import io.crij.helper.plan.Instructions;
import java.nio.file.Path;

/** Seccomp filters, compiled once for each profile; an interface so that plans are made in tests without libseccomp. */
interface SeccompProfiles {
  /**
   * The runtime's own profile for a container with these capabilities.
   *
   * @param capabilities a mask of {@code 1L << CAP_*}
   */
  Instructions runtimeDefault(long capabilities);

  /**
   * A profile of the node.
   *
   * @throws io.crij.core.CriException INVALID_ARGUMENT if the file is missing or is no profile
   */
  Instructions localhost(Path file, long capabilities);

  /**
   * A profile that somebody sent.
   *
   * @param json in the form of a file
   * @param origin what to call it in an error
   * @throws io.crij.core.CriException INVALID_ARGUMENT if it is no profile
   */
  Instructions given(byte[] json, String origin, long capabilities);

  /**
   * The JSON that a filter was compiled from, in the form of {@code linux.seccomp} of an OCI {@code config.json}.
   *
   * @param filter one of those that this gave
   */
  String ociProfile(Instructions filter);
}
