package io.crij.cgroups;

import io.crij.core.CriException;
import io.crij.core.Undo;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes folders in the hierarchies, ready for processes: controllers enabled, cpusets filled. */
final class CgroupCreation {
  private static final Logger LOG = LoggerFactory.getLogger(CgroupCreation.class);

  private CgroupCreation() {}

  static void create(List<Cgroup.Folder> folders, String path) {
    try (Undo undo = new Undo()) {
      for (Cgroup.Folder folder : folders) {
        makeAll(folder.hierarchy(), folder.path(), undo);
      }
      undo.commit();
    } catch (IOException e) {
      throw CriException.internal("The cgroup " + path + " cannot be made: " + e.getMessage() + ".", e);
    }
  }

  /** From the root down, because a version 2 parent hands controllers on and a version 1 cpuset is filled from its parent. */
  private static void makeAll(Hierarchy hierarchy, Path leaf, Undo undo) throws IOException {
    Path folder = hierarchy.mountPoint();
    for (Path part : folder.relativize(leaf)) {
      if (hierarchy.unified()) {
        enableControllers(folder);
      }
      Path parent = folder;
      folder = folder.resolve(part);
      try {
        Files.createDirectory(folder);
        Path made = folder;
        undo.add(made.toString(), () -> Files.delete(made));
      } catch (FileAlreadyExistsException e) {
        LOG.trace("{} exists", folder);
      } catch (IOException e) {
        throw new IOException(folder + ": " + ControlFile.reason(e), e);
      }
      if (hierarchy.controllers().contains("cpuset") && !hierarchy.unified()) {
        fillCpuset(parent, folder, "cpuset.cpus");
        fillCpuset(parent, folder, "cpuset.mems");
      }
    }
  }

  /**
   * Hands every controller of {@code folder} on to its children. One at a time: a controller that the kernel will not hand
   * on (a parent with processes, a threaded tree) must not keep the others back; a limit that needs it fails with its name.
   */
  static void enableControllers(Path folder) throws IOException {
    Path file = folder.resolve("cgroup.subtree_control");
    Set<String> missing = words(ControlFile.read(folder.resolve("cgroup.controllers")));
    missing.removeAll(words(ControlFile.read(file)));
    for (String controller : missing) {
      try {
        ControlFile.write(file, "+" + controller);
      } catch (IOException e) {
        LOG.debug("{} is not handed on by {}: {}", controller, folder, ControlFile.reason(e));
      }
    }
  }

  /** A version 1 cpuset starts empty, and no process can enter it then. */
  private static void fillCpuset(Path parent, Path folder, String name) throws IOException {
    Path file = folder.resolve(name);
    try {
      if (ControlFile.read(file).isEmpty()) {
        ControlFile.write(file, ControlFile.read(parent.resolve(name)));
      }
    } catch (IOException e) {
      throw new IOException(file + ": " + ControlFile.reason(e), e);
    }
  }

  private static Set<String> words(String text) {
    Set<String> words = new HashSet<>(Arrays.asList(text.split("\\s+")));
    words.remove("");
    return words;
  }
}
