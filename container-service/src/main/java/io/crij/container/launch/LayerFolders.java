package io.crij.container.launch;

import java.nio.file.Path;

/**
 * The folders of a container's own: short names, because overlay's options are.
 *
 * @param upper what it writes
 * @param work overlay's own
 * @param volumes holds a numbered folder for each volume that its image declares
 */
public record LayerFolders(Path upper, Path work, Path volumes) {
  public static LayerFolders in(Path container) {
    return new LayerFolders(container.resolve("u"), container.resolve("w"), container.resolve("v"));
  }

  /** The folder of one volume. */
  public Path volume(int number) {
    return volumes.resolve(Integer.toString(number));
  }
}
