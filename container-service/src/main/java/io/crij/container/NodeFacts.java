package io.crij.container;

import io.crij.core.CriException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the node can do, looked at once.
 *
 * @param capabilities what the daemon holds and can so give, as a mask of {@code 1L << CAP_*}
 * @param appArmor whether AppArmor is enabled
 * @param seLinux whether SELinux is enabled
 */
public record NodeFacts(long capabilities, boolean appArmor, boolean seLinux) {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** Looks at this node. */
  public static NodeFacts probe() {
    try {
      long bounding = 0;
      long permitted = 0;
      for (String line : Files.readString(STATUS).lines().toList()) {
        if (line.startsWith("CapBnd:")) {
          bounding = mask(line);
        } else if (line.startsWith("CapPrm:")) {
          permitted = mask(line);
        }
      }
      return new NodeFacts(
          bounding & permitted,
          isYes(Path.of("/sys/module/apparmor/parameters/enabled")),
          Files.exists(Path.of("/sys/fs/selinux/enforce")));
    } catch (IOException e) {
      throw CriException.precondition(
          "The capabilities of the daemon cannot be read from " + STATUS + ": " + e.getMessage() + "; is /proc mounted?");
    }
  }

  private static boolean isYes(Path parameter) throws IOException {
    return Files.exists(parameter) && Files.readString(parameter).startsWith("Y");
  }

  private static long mask(String line) {
    return Long.parseUnsignedLong(line.substring(line.indexOf(':') + 1).strip(), 16);
  }
}
