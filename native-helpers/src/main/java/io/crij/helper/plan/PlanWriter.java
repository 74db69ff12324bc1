package io.crij.helper.plan;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Puts plans where a monitor finds them. */
public final class PlanWriter {
  private static final Set<PosixFilePermission> OWNER_READS = PosixFilePermissions.fromString("r--------");

  private PlanWriter() {}

  /**
   * Writes the plan to {@code file}, mode 0400, by a temporary file beside it and a rename. Not synced: a plan is of no use
   * after a boot.
   *
   * @throws io.crij.core.CriException if the plan breaks a rule
   */
  public static void write(LaunchPlan plan, Path file) throws IOException {
    byte[] bytes = plan.encode();
    Path temporary = file.resolveSibling("." + file.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(OWNER_READS))) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }
}
