package io.crij.cgroups;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The control groups of this node. Found once by looking; holds no open file and may be shared by threads. */
public final class Cgroups {
  private final CgroupVersion version;
  private final List<Hierarchy> hierarchies;

  private Cgroups(CgroupVersion version, List<Hierarchy> hierarchies) {
    this.version = version;
    this.hierarchies = List.copyOf(hierarchies);
  }

  /** Looks at this machine. */
  public static Cgroups detect() {
    return detect(Path.of("/proc"), Path.of("/"));
  }

  /**
   * Looks at a machine whose files stand elsewhere, for tests.
   *
   * @param procRoot holds {@code self/mountinfo} and {@code self/cgroup}
   * @param fsRoot what the mount points in mountinfo are taken to be relative to
   * @throws CriException FAILED_PRECONDITION if no control groups are mounted
   */
  public static Cgroups detect(Path procRoot, Path fsRoot) {
    List<Hierarchy> found = new ArrayList<>();
    try {
      String mountinfo = Files.readString(procRoot.resolve("self/mountinfo"));
      String own = Files.readString(procRoot.resolve("self/cgroup"));
      for (CgroupMounts.Mounted mount : CgroupMounts.parse(mountinfo, own)) {
        Path folder = fsRoot.resolve(mount.mountPoint().substring(1));
        Set<String> controllers = mount.unified() ? controllersOfV2(folder) : mount.controllers();
        found.add(new Hierarchy(folder, controllers, mount.unified()));
      }
    } catch (IOException e) {
      throw CriException.internal("The control groups of this node cannot be found: " + e.getMessage() + ".", e);
    }
    boolean v1 = found.stream().anyMatch(Cgroups::hasV1Controller);
    boolean v2 = found.stream().anyMatch(Hierarchy::unified);
    if (!v1 && !v2) {
      throw CriException.precondition(
          "No control groups are mounted on this node: mount cgroup2 at /sys/fs/cgroup and start again.");
    }
    if (!v1) {
      // A version 1 tree without controllers beside a complete version 2 tree is only systemd's own bookkeeping.
      return new Cgroups(CgroupVersion.V2, found.stream().filter(Hierarchy::unified).toList());
    }
    return new Cgroups(v2 ? CgroupVersion.HYBRID : CgroupVersion.V1, found);
  }

  public CgroupVersion version() {
    return version;
  }

  /**
   * The controllers that pods need and this node lacks; empty on a usable node. Sorted kernel names.
   */
  public List<String> missingControllers() {
    Set<String> missing = new TreeSet<>(List.of("cpu", "memory", "pids"));
    if (version != CgroupVersion.V2) {
      missing.add("devices");
    }
    if (version == CgroupVersion.V1) {
      missing.add("freezer");
    }
    hierarchies.forEach(hierarchy -> missing.removeAll(hierarchy.controllers()));
    return List.copyOf(missing);
  }

  /**
   * Makes the control group in every hierarchy, with its parents. One that exists is taken as it is.
   *
   * @param path from the root of the hierarchies, as {@code /kubepods/burstable/pod1234/5678}
   * @throws CriException INVALID_ARGUMENT if the path is not plain; INTERNAL, naming folder and reason, if the kernel refuses;
   *     what this call made is removed again
   */
  public Cgroup create(String path) {
    Cgroup cgroup = open(path);
    CgroupCreation.create(cgroup.folders(), cgroup.path());
    return cgroup;
  }

  /** The control group at a path, whether it exists or not. Touches nothing. */
  public Cgroup open(String path) {
    CgroupPath checked = CgroupPath.of(path);
    List<Cgroup.Folder> folders =
        hierarchies.stream().map(h -> new Cgroup.Folder(h, h.mountPoint().resolve(checked.relative()))).toList();
    return new Cgroup(version, checked.text(), folders);
  }

  private static boolean hasV1Controller(Hierarchy hierarchy) {
    return !hierarchy.unified() && hierarchy.controllers().stream().anyMatch(name -> !name.startsWith("name="));
  }

  private static Set<String> controllersOfV2(Path folder) throws IOException {
    String text = ControlFile.read(folder.resolve("cgroup.controllers"));
    return text.isEmpty() ? Set.of() : new TreeSet<>(Arrays.asList(text.split(" ")));
  }

  /** A path below the roots of the hierarchies that leads nowhere else. */
  private record CgroupPath(String text, String relative) {
    static CgroupPath of(String path) {
      boolean plain = path.startsWith("/") && path.length() > 1 && path.length() <= 2048;
      for (String part : path.substring(plain ? 1 : 0).split("/", -1)) {
        plain &= !part.isEmpty() && !part.equals(".") && !part.equals("..") && part.length() <= 255;
      }
      if (!plain || path.chars().anyMatch(c -> c < ' ' || c == 127)) {
        throw new CriException(
            ErrorCode.INVALID_ARGUMENT,
            "'" + Printable.plain(path) + "' is not a cgroup path: an absolute path without '..' or empty parts is expected.");
      }
      return new CgroupPath(path, path.substring(1));
    }
  }
}
