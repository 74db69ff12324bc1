package io.crij.container.stats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Names of block devices by their numbers, from sysfs(5). */
final class BlockDevices {
  private static final String NAME = "DEVNAME=";

  private final Path sys;
  private final Map<String, String> names = new ConcurrentHashMap<>();

  /** @param sys {@code /sys/dev/block}, which has a folder for each device */
  BlockDevices(Path sys) {
    this.sys = sys;
  }

  /** As {@code /dev/sda}; empty for a device that is gone. */
  String path(int major, int minor) {
    String numbers = major + ":" + minor;
    String known = names.get(numbers);
    if (known != null) {
      return known;
    }
    try {
      for (String line : Files.readAllLines(sys.resolve(numbers).resolve("uevent"))) {
        if (line.startsWith(NAME)) {
          String path = "/dev/" + line.substring(NAME.length());
          names.put(numbers, path);
          return path;
        }
      }
    } catch (IOException gone) {
      return "";
    }
    return "";
  }
}
