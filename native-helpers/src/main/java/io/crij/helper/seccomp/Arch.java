package io.crij.helper.seccomp;

import org.jspecify.annotations.Nullable;

/**
 * Architectures that a profile may name.
 *
 * <p>The token is libseccomp's and, but for x32, the AUDIT_ARCH_* value that the kernel shows to a filter.
 */
enum Arch {
  X86_64("SCMP_ARCH_X86_64", "amd64", 0xC000_003E),
  X86("SCMP_ARCH_X86", "x86", 0x4000_0003),
  X32("SCMP_ARCH_X32", "x32", 0x4000_003E),
  AARCH64("SCMP_ARCH_AARCH64", "arm64", 0xC000_00B7),
  ARM("SCMP_ARCH_ARM", "arm", 0x4000_0028);

  private final String profileName;
  private final String conditionName;
  private final int token;

  Arch(String profileName, String conditionName, int token) {
    this.profileName = profileName;
    this.conditionName = conditionName;
    this.token = token;
  }

  static Arch ofThisNode() {
    return switch (System.getProperty("os.arch", "")) {
      case "aarch64" -> AARCH64;
      default -> X86_64;
    };
  }

  static @Nullable Arch named(String profileName) {
    for (Arch arch : values()) {
      if (arch.profileName.equals(profileName)) {
        return arch;
      }
    }
    return null;
  }

  String profileName() {
    return profileName;
  }

  /** As {@code includes.arches} calls it. */
  String conditionName() {
    return conditionName;
  }

  int token() {
    return token;
  }
}
