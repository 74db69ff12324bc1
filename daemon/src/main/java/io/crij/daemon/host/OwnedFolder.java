package io.crij.daemon.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder that one daemon at a time works in. The kernel drops the lock with the process, however it ends, and children
 * do not inherit it (fcntl(2) record locks), so there is no stale lock to remove by hand.
 */
public final class OwnedFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OwnedFolder.class);

  private final FileChannel channel;

  private OwnedFolder(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Makes the folder if it is missing and locks {@code <folder>/lock}.
   *
   * @param permissions of the folder, as {@code rwx--x--x}
   * @throws StartException if another daemon holds it; the message names its pid
   */
  public static OwnedFolder take(Path folder, String permissions) throws StartException {
    Path file = folder.resolve("lock");
    try {
      Files.createDirectories(folder);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(permissions));
      FileChannel channel =
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE)));
      if (lock(channel) == null) {
        String holder = pid(channel);
        channel.close();
        throw new StartException(
            "the folder " + folder + " is in use by another crij daemon" + holder + ": stop it, or give this one folders of its own (--root, --run, --socket).");
      }
      sign(channel);
      return new OwnedFolder(channel);
    } catch (IOException e) {
      throw new StartException("the folder " + folder + " cannot be used: " + e, e);
    }
  }

  /** For the message of whoever comes second. On a full disk the lock holds without it, and images can still be removed. */
  private static void sign(FileChannel channel) {
    try {
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
    } catch (IOException e) {
      LOG.warn("The folder's lock does not say who holds it: {}", e.getMessage());
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held by this very process
    }
  }

  private static String pid(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(16);
    int read = channel.read(bytes, 0);
    String pid = read <= 0 ? "" : new String(bytes.array(), 0, read, StandardCharsets.US_ASCII).strip();
    return pid.isEmpty() ? "" : " (pid " + pid + ")";
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
