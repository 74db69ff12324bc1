package io.crij.container;

import io.crij.container.launch.CriMounts;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ContainerConfig;
import io.crij.helper.ForeignPaths;
import io.crij.helper.LaunchFailure;
import io.crij.helper.UserMapping;
import io.crij.helper.syscall.Errno;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the sources of bind mounts before a container is made, so that a mistake is told early. A source that is missing is
 * made as a folder, because pods with a hostPath volume without a type count on that. What is mounted is opened at the start.
 */
final class MountSources {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private MountSources() {}

  static void check(ForeignPaths paths, ContainerConfig config, @Nullable UserMapping user) {
    for (CriMounts.Bind bind : CriMounts.of(config, user)) {
      try {
        find(paths, bind.source());
      } catch (LaunchFailure e) {
        if (e.errno() == Errno.ETIMEDOUT) {
          throw new CriException(
              ErrorCode.DEADLINE_EXCEEDED,
              bind.field() + ".host_path: '" + bind.source() + "' did not answer within " + PATIENCE.toSeconds()
                  + " s; is the file system behind it gone?",
              e);
        }
        throw new CriException(
            ErrorCode.INVALID_ARGUMENT,
            bind.field() + ".host_path: '" + bind.source() + "' cannot be used: " + Errno.explain(e.errno()) + ".",
            e);
      } catch (IOException e) {
        throw new CriException(
            ErrorCode.UNAVAILABLE,
            bind.field() + ".host_path: '" + bind.source() + "' cannot be looked at: " + e.getMessage() + "; try again.",
            e);
      }
    }
  }

  private static void find(ForeignPaths paths, String source) throws IOException {
    try {
      ForeignPaths.PathFacts _ = paths.stat(source, PATIENCE); // whatever it is, it can be mounted
    } catch (LaunchFailure e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      ForeignPaths.PathFacts _ = paths.mkdirs(source, PATIENCE);
    }
  }
}
