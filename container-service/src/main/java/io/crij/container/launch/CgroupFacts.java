package io.crij.container.launch;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a plan has to know of the container's control group, which is made before the plan is executed or at its first hold.
 *
 * @param onlyV2 true where version 2 is all there is
 * @param folders its folder in each hierarchy, by the hierarchy's name ({@code memory}, {@code cpu,cpuacct},
 *     {@code name=systemd}, {@code unified})
 * @param taskFiles the files of version 1 through which a process enters
 * @param unified its folder in the version 2 hierarchy, if the node has one
 * @param scope true if systemd makes it around the process, which is held for that
 */
public record CgroupFacts(boolean onlyV2, Map<String, Path> folders, List<Path> taskFiles, @Nullable Path unified, boolean scope) {
  /** Of the hold at which the process waits for its scope. */
  public static final String SCOPE_HOLD = "cgroup";

  private static final List<String> HARMLESS = List.of("freezer", "name=systemd", "pids", "devices");

  public CgroupFacts {
    folders = Map.copyOf(folders);
    taskFiles = List.copyOf(taskFiles);
  }

  /** A group that this daemon makes before the process is born. */
  public CgroupFacts(boolean onlyV2, Map<String, Path> folders, List<Path> taskFiles, @Nullable Path unified) {
    this(onlyV2, folders, taskFiles, unified, false);
  }

  /** The folder of version 2 to be born in, if there is one already. */
  public @Nullable Path birthFolder() {
    return scope ? null : unified;
  }

  /**
   * Where version 1 is all there is: the folder below which an exec gets a group of its own, in a hierarchy in which that changes
   * no limit. Null elsewhere, or if the node has no such hierarchy.
   */
  public @Nullable Path execFolder() {
    return unified != null
        ? null
        : HARMLESS.stream().map(folders::get).filter(Objects::nonNull).findFirst().orElse(null);
  }
}
