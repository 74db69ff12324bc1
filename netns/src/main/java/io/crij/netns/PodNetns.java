package io.crij.netns;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.SyscallException;
import io.crij.helper.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where a pod's network namespace is pinned: a bind mount under /run/netns, made and removed by the pod's monitor, so that
 * plugins, {@code ip netns} and a restarted daemon find it.
 */
public final class PodNetns {
  static final Path FOLDER = Path.of("/run/netns");

  private static final String PREFIX = "crij-";

  private PodNetns() {}

  /** {@code /run/netns/crij-} and the first 12 characters of the id. */
  public static Path path(ObjectId sandbox) {
    return FOLDER.resolve(PREFIX + sandbox.shortHex());
  }

  /** True if a namespace is mounted there; after a reboot, or on a leftover file, none is. */
  public static boolean isPinned(Path pin) {
    try {
      if (!Files.exists(pin)) {
        return false;
      }
      String real = pin.toRealPath().toString();
      try (var lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
        return lines.anyMatch(line -> line.contains(" - nsfs ") && line.split(" ", 6)[4].equals(real));
      }
    } catch (IOException e) {
      throw CriException.internal("The network namespace " + pin + " cannot be looked at: " + e.getMessage() + ".", e);
    }
  }

  /** A pin in the folder that is none of these pods': another daemon of the node made it, or a crash left it behind. */
  static Optional<Path> firstOfOthers(Path folder, Collection<ObjectId> own) {
    Set<String> names = own.stream().map(id -> PREFIX + id.shortHex()).collect(Collectors.toSet());
    try (DirectoryStream<Path> pins = Files.newDirectoryStream(folder, PREFIX + "*")) {
      for (Path pin : pins) {
        if (!names.contains(String.valueOf(pin.getFileName()))) {
          return Optional.of(pin);
        }
      }
      return Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw CriException.internal("The network namespaces in " + folder + " cannot be listed: " + e.getMessage() + ".", e);
    }
  }

  /**
   * Removes a pin that no monitor is left to remove. Succeeds if there is none.
   *
   * @throws CriException INTERNAL if the file stays
   */
  public static void removeStale(Path pin) {
    try {
      // Mounted once, or twice where the folder became a mount of its own after the pin was made.
      for (int i = 0; i < 8; i++) {
        Syscalls.detachMount(pin);
      }
    } catch (SyscallException e) {
      // EINVAL: the file is there, but nothing is mounted on it.
      if (e.errno() != Errno.EINVAL && e.errno() != Errno.ENOENT) {
        throw CriException.internal("The network namespace " + pin + " cannot be unmounted: " + e.getMessage() + ".", e);
      }
    }
    try {
      Files.deleteIfExists(pin);
    } catch (IOException e) {
      throw CriException.internal("The file " + pin + " of a network namespace cannot be removed: " + e.getMessage() + ".", e);
    }
  }
}
