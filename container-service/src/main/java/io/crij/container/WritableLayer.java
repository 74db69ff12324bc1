package io.crij.container;

import io.crij.container.launch.LayerFolders;
import io.crij.helper.UserMapping;
import io.crij.image.content.FolderMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The folders that a container writes to. */
final class WritableLayer {
  private WritableLayer() {}

  /**
   * Makes them; the folder that holds them exists.
   *
   * @param root owner and mode of the container's {@code /}: overlay shows those of the uppermost folder
   * @param volumes how many volumes the image declares
   * @param user how the pod's user namespace maps the owners, null for not at all
   */
  static void make(LayerFolders layers, FolderMode root, int volumes, @Nullable UserMapping user) throws IOException {
    Files.createDirectory(layers.upper());
    own(layers.upper(), root, user);
    Files.createDirectory(layers.work());
    if (volumes > 0) {
      Files.createDirectory(layers.volumes());
      for (int i = 0; i < volumes; i++) {
        Files.createDirectory(layers.volume(i));
        own(layers.volume(i), FolderMode.DEFAULT, user);
      }
    }
  }

  private static void own(Path folder, FolderMode mode, @Nullable UserMapping user) throws IOException {
    long uid = Integer.toUnsignedLong(mode.uid());
    long gid = Integer.toUnsignedLong(mode.gid());
    if (user != null) {
      // An owner that the pod does not have would be nobody's there, and could not be changed.
      uid = user.uid(user.has(uid) ? uid : 0);
      gid = user.gid(user.has(gid) ? gid : 0);
    }
    if (uid != 0 || gid != 0) {
      Files.setAttribute(folder, "unix:uid", (int) uid);
      Files.setAttribute(folder, "unix:gid", (int) gid);
    }
    // After the owner, which clears set-id bits; and by chmod, since the daemon's umask must not decide.
    Files.setAttribute(folder, "unix:mode", mode.mode());
  }
}
