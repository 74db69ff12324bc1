package io.crij.helper;

import io.crij.core.ObjectId;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Starts a container.
 *
 * @param plan the plan file, below the pod's run folder
 * @param pidMode whose PID namespace
 * @param targetPid with {@link PidMode#TARGET}, a process in that namespace in the host's numbering; else 0
 * @param cgroup2Folder the cgroup2 folder that the process is born in, if any
 * @param logFile absolute; null for no log
 */
public record StartRequest(
    ObjectId container,
    Path plan,
    PidMode pidMode,
    int targetPid,
    @Nullable Path cgroup2Folder,
    @Nullable Path logFile,
    Set<StreamFlag> flags) {
  public StartRequest {
    flags = Set.copyOf(flags);
  }
}
