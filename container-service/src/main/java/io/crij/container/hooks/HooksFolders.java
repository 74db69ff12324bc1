package io.crij.container.hooks;

import io.crij.core.CriException;
import io.crij.core.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Hooks that the node's operator gives to containers by conditions, one in each {@code *.json} of some folders (oci-hooks(5), version
 * 1.0.0). They are read for each container, so that a change holds at once. One that cannot be read makes no container: whoever put it
 * there counts on it.
 */
public final class HooksFolders {
  /** Without any hooks. */
  public static final HooksFolders NONE = new HooksFolders(List.of());

  private static final int MAX_FILES = 1024;
  private static final int MAX_BYTES = 1 << 20;

  private final List<Path> folders;

  /** @param folders of two files with one name that in the later folder counts; a folder may be missing */
  public HooksFolders(List<Path> folders) {
    this.folders = List.copyOf(folders);
  }

  /**
   * What the conditions are tried on.
   *
   * @param command the program's first word
   * @param hasBindMounts whether the container asked for mounts
   */
  public record About(Map<String, String> annotations, String command, boolean hasBindMounts) {
    public About {
      annotations = Map.copyOf(annotations);
    }
  }

  /**
   * The hooks of a container, in the order of their files' names.
   *
   * @throws CriException FAILED_PRECONDITION, naming the file that is wrong
   */
  public Hooks of(About container) {
    Hooks hooks = Hooks.NONE;
    Map<String, Path> files = new TreeMap<>();
    folders.forEach(folder -> list(folder, files));
    for (Path file : files.values()) {
      try {
        HookFile read = HookFile.parse(read(file));
        if (read.when().matches(container)) {
          for (HookStage stage : read.stages()) {
            hooks = hooks.plus(stage, read.hook());
          }
        }
      } catch (IllegalArgumentException e) {
        throw refused(file, String.valueOf(e.getMessage()));
      } catch (IOException e) {
        throw refused(file, "it cannot be read: " + Printable.of(String.valueOf(e.getMessage())));
      }
    }
    return hooks;
  }

  private static CriException refused(Path file, String why) {
    return CriException.precondition("No container can be made: the hook in " + file + " is not right: " + why + "; correct it or take it away.");
  }

  private static void list(Path folder, Map<String, Path> files) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> all = Files.list(folder)) {
      all.filter(file -> file.toString().endsWith(".json")).limit(MAX_FILES).forEach(file -> files.put(String.valueOf(file.getFileName()), file));
    } catch (IOException e) {
      throw refused(folder, "the folder cannot be read: " + e.getMessage());
    }
  }

  private static byte[] read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("it is no regular file");
    }
    try (var in = Files.newInputStream(file)) {
      byte[] text = in.readNBytes(MAX_BYTES + 1);
      if (text.length > MAX_BYTES) {
        throw new IllegalArgumentException("it is longer than " + MAX_BYTES + " bytes");
      }
      return text;
    }
  }
}
