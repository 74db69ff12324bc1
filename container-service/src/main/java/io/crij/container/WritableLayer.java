package io.crij.container;

import io.crij.container.launch.LayerFolders;
import io.crij.image.FolderMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folders that a container writes to. */
final class WritableLayer {
  private WritableLayer() {}

  /**
   * Makes them; the folder that holds them exists.
   *
   * @param root owner and mode of the container's {@code /}: overlay shows those of the uppermost folder
   * @param volumes how many volumes the image declares
   */
  static void make(LayerFolders layers, FolderMode root, int volumes) throws IOException {
    Files.createDirectory(layers.upper());
    own(layers.upper(), root);
    Files.createDirectory(layers.work());
    if (volumes > 0) {
      Files.createDirectory(layers.volumes());
      for (int i = 0; i < volumes; i++) {
        Files.createDirectory(layers.volume(i));
        own(layers.volume(i), FolderMode.DEFAULT);
      }
    }
  }

  private static void own(Path folder, FolderMode mode) throws IOException {
    if (mode.uid() != 0 || mode.gid() != 0) {
      Files.setAttribute(folder, "unix:uid", mode.uid());
      Files.setAttribute(folder, "unix:gid", mode.gid());
    }
    // After the owner, which clears set-id bits; and by chmod, since the daemon's umask must not decide.
    Files.setAttribute(folder, "unix:mode", mode.mode());
  }
}
