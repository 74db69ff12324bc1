package io.crij.container.launch;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a plan has to know of the container's control group, which is made before the plan is executed.
 *
 * @param onlyV2 true where version 2 is all there is
 * @param folders its folder in each hierarchy, by the hierarchy's name ({@code memory}, {@code cpu,cpuacct},
 *     {@code name=systemd}, {@code unified})
 * @param taskFiles the files of version 1 through which a process enters
 * @param unified its folder in the version 2 hierarchy, if the node has one
 */
public record CgroupFacts(boolean onlyV2, Map<String, Path> folders, List<Path> taskFiles, @Nullable Path unified) {
  public CgroupFacts {
    folders = Map.copyOf(folders);
    taskFiles = List.copyOf(taskFiles);
  }
}
