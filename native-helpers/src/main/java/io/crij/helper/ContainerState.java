package io.crij.helper;

import io.crij.core.ObjectId;

/**
 * What a monitor knows of a container.
 *
 * @param running false once it has exited
 * @param pid in the host's numbering
 * @param startTicks field 22 of /proc/PID/stat
 * @param startedAtNs nanoseconds since the epoch
 * @param exitCode the exit code, or 128 plus the signal; of no meaning while it runs
 * @param finishedAtNs nanoseconds since the epoch; 0 while it runs
 * @param logError why its log cannot be written; empty if it can
 */
public record ContainerState(
    ObjectId container,
    boolean running,
    int pid,
    long startTicks,
    long startedAtNs,
    int exitCode,
    long finishedAtNs,
    String logError) {}
