package io.crij.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many files a process of this node can be allowed to have open. */
final class OpenFiles {
  private static final long CAP_SYS_RESOURCE = 1L << 24;
  private static final Pattern HARD_LIMIT = Pattern.compile("(?m)^Max open files\\s+\\S+\\s+([0-9]+)\\s");

  private OpenFiles() {}

  /** @param capabilities of the node: with CAP_SYS_RESOURCE a limit can be raised, else the daemon's own hard limit is the most */
  static long most(long capabilities) {
    if ((capabilities & CAP_SYS_RESOURCE) != 0) {
      return Long.MAX_VALUE;
    }
    try {
      Matcher limit = HARD_LIMIT.matcher(Files.readString(Path.of("/proc/self/limits")));
      return limit.find() ? Long.parseLong(limit.group(1)) : Long.MAX_VALUE;
    } catch (IOException | NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }
}
