package io.crij.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which boot of the kernel this is. */
public final class BootId {
  private static final Path FILE = Path.of("/proc/sys/kernel/random/boot_id");

  private BootId() {}

  /** The kernel's text for this boot; another boot has another one. */
  public static String current() throws IOException {
    return Files.readString(FILE).strip();
  }
}
