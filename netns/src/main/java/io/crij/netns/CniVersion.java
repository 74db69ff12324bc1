package io.crij.netns;

import java.util.List;

/** The versions of the CNI spec that are spoken here, oldest first. */
final class CniVersion {
  static final List<String> SUPPORTED = List.of("0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0");

  private CniVersion() {}

  static boolean isSupported(String version) {
    return SUPPORTED.contains(version);
  }

  /** True if {@code version} is {@code other} or later. Both must be supported. */
  static boolean atLeast(String version, String other) {
    return SUPPORTED.indexOf(version) >= SUPPORTED.indexOf(other);
  }
}
