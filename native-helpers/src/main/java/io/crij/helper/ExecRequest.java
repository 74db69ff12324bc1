package io.crij.helper;

import io.crij.core.ObjectId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program in a running container.
 *
 * @param plan the container's plan file, of which the parts that are not about mounts apply
 * @param argv not empty
 * @param flags STDIN and TTY
 * @param cgroup2Folder the container's cgroup2 folder, if it has one
 * @param cgroup1Folder without a cgroup2 folder, the container's folder in one hierarchy of version 1: so that all it forks can be
 *     killed
 * @param env variables that replace those of the plan
 * @param maxOutputBytes of stdout and of stderr, each; what is above is read and dropped
 * @param drain how long after the program ended other holders of its pipes are waited for
 */
public record ExecRequest(
    ObjectId container,
    Path plan,
    List<String> argv,
    Set<StreamFlag> flags,
    @Nullable Path cgroup2Folder,
    @Nullable Path cgroup1Folder,
    Map<String, String> env,
    long maxOutputBytes,
    Duration drain) {
  public ExecRequest {
    argv = List.copyOf(argv);
    flags = Set.copyOf(flags);
    env = Map.copyOf(env);
    if (argv.isEmpty()) {
      throw new IllegalArgumentException("an exec needs a program");
    }
  }
}
