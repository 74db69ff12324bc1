package io.crij.container;

import io.crij.core.CriException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;

/** The AppArmor profiles that the kernel has loaded; apparmor_parser(8) adds some and removes others at any time. */
final class AppArmorProfiles {
  private static final Path LOADED = Path.of("/sys/kernel/security/apparmor/profiles");

  private final Path file;

  AppArmorProfiles() {
    this(LOADED);
  }

  AppArmorProfiles(Path file) {
    this.file = file;
  }

  /** @throws CriException FAILED_PRECONDITION if the kernel does not tell */
  boolean isLoaded(String profile) {
    try {
      return names(Files.readString(file)).contains(profile);
    } catch (IOException e) {
      throw CriException.precondition(
          "The loaded AppArmor profiles cannot be read from " + file + ": " + e.getMessage() + "; is securityfs mounted?");
    }
  }

  /** A line is {@code name (mode)}; names may hold spaces and parentheses. */
  static Set<String> names(String text) {
    return text.lines().filter(line -> line.contains(" (")).map(line -> line.substring(0, line.lastIndexOf(" ("))).collect(Collectors.toSet());
  }
}
