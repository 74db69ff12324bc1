package io.crij.helper;

import io.crij.core.ObjectId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program in a running container with streams that stay open while it runs.
 *
 * @param plan the container's plan file, of which the parts that are not about mounts apply
 * @param argv not empty
 * @param streams those wanted; the others are /dev/null
 * @param tty gives it a terminal of its own; then stderr is not wanted
 * @param cgroup2Folder the container's cgroup2 folder, if it has one
 * @param cgroup1Folder without a cgroup2 folder, the container's folder in one hierarchy of version 1: so that all it forks can be
 *     killed
 * @param env variables that replace those of the plan
 * @param drain how long after the program ended other holders of its pipes are waited for
 */
public record StreamedExec(
    ObjectId container,
    Path plan,
    List<String> argv,
    Set<StandardStream> streams,
    boolean tty,
    @Nullable Path cgroup2Folder,
    @Nullable Path cgroup1Folder,
    Map<String, String> env,
    Duration drain) {
  public StreamedExec {
    argv = List.copyOf(argv);
    streams = Set.copyOf(streams);
    env = Map.copyOf(env);
    if (argv.isEmpty()) {
      throw new IllegalArgumentException("an exec needs a program");
    }
    if (tty && streams.contains(StandardStream.STDERR)) {
      throw new IllegalArgumentException("a terminal has no stderr of its own");
    }
  }
}
