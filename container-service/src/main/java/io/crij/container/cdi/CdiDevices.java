package io.crij.container.cdi;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ContainerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The devices that the CDI files of this node describe. Files are read when a container asks for a device, since device plugins
 * write them at any time; one that cannot be read hides no other.
 */
public final class CdiDevices {
  /** Of the two the later one goes first: what a plugin wrote in this boot is newer than what is installed. */
  public static final List<Path> STANDARD = List.of(Path.of("/etc/cdi"), Path.of("/var/run/cdi"));

  private static final int MAX_FILES = 1024;

  private final List<Path> folders;

  /** @param folders from the least to the most important */
  public CdiDevices(List<Path> folders) {
    this.folders = List.copyOf(folders);
  }

  private record Found(Path file, CdiSpec spec) {}

  /**
   * What the devices that the container asks for need.
   *
   * @throws CriException INVALID_ARGUMENT naming the field, NOT_FOUND for a device of no file, FAILED_PRECONDITION for one whose
   *     file is wrong or contradicts another, UNIMPLEMENTED for one that needs what this version cannot do
   */
  public CdiEdits edits(ContainerConfig config) {
    List<CdiName> names = CdiName.askedBy(config);
    CdiEdits edits = CdiEdits.NONE;
    if (names.isEmpty()) {
      return edits;
    }
    List<String> unread = new ArrayList<>();
    List<List<Found>> specs = folders.reversed().stream().map(folder -> load(folder, unread)).toList();
    Set<Path> begun = new LinkedHashSet<>();
    for (CdiName name : names) {
      Found found = find(name, specs, unread);
      try {
        if (begun.add(found.file)) {
          edits = edits.plus(found.spec.commonEdits());
        }
        edits = edits.plus(found.spec.edits(name.device()));
      } catch (CdiSpecException e) {
        throw new CriException(
            e.isUnsupported() ? ErrorCode.UNIMPLEMENTED : ErrorCode.FAILED_PRECONDITION,
            "The CDI device " + name + " cannot be given to the container: in " + found.file + ", " + e.getMessage() + ".",
            e);
      }
    }
    return edits;
  }

  private Found find(CdiName name, List<List<Found>> specs, List<String> unread) {
    for (List<Found> ofFolder : specs) {
      List<Found> having = ofFolder.stream().filter(one -> one.spec.kind().equals(name.kind()) && one.spec.devices().containsKey(name.device())).toList();
      if (having.size() > 1) {
        throw CriException.precondition(
            "The CDI device " + name + " cannot be told apart: both " + having.get(0).file + " and " + having.get(1).file + " describe it; remove one.");
      }
      if (!having.isEmpty()) {
        return having.getFirst();
      }
    }
    throw CriException.notFound(
        "The CDI device " + name + " is in no file of " + folders
            + (unread.isEmpty() ? "" : "; not read: " + String.join("; ", unread)) + "; is its device plugin running?");
  }

  private static List<Found> load(Path folder, List<String> unread) {
    List<Found> found = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return found;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(CdiDevices::isSpec).sorted().limit(MAX_FILES).toList()) {
        try {
          found.add(new Found(file, CdiSpec.parse(read(file), file.toString().endsWith(".json"))));
        } catch (CdiSpecException e) {
          unread.add(file + " (" + e.getMessage() + ")");
        }
      }
    } catch (IOException e) {
      unread.add(folder + " (" + e.getMessage() + ")");
    }
    return found;
  }

  private static boolean isSpec(Path file) {
    String name = file.toString();
    return name.endsWith(".json") || name.endsWith(".yaml") || name.endsWith(".yml");
  }

  /** One that is no plain file may never end. */
  private static byte[] read(Path file) throws CdiSpecException {
    try {
      if (!Files.isRegularFile(file)) {
        throw CdiSpecException.wrong("the file", "it is no regular file");
      }
      try (var in = Files.newInputStream(file)) {
        return in.readNBytes(CdiSpec.MAX_BYTES + 1);
      }
    } catch (IOException e) {
      throw CdiSpecException.wrong("the file", String.valueOf(e.getMessage()));
    }
  }
}
