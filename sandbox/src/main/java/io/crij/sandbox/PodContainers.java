package io.crij.sandbox;

import io.crij.core.ObjectId;
import io.crij.cri.ContainerStatus;
import io.crij.helper.Monitor;
import java.util.List;

/** What a pod asks of its containers. The containers' side implements it, so that the arrow between the modules has one end. */
public interface PodContainers {
  /**
   * Kills all running containers of the pod and waits until they are EXITED. Idempotent.
   *
   * @throws io.crij.core.CriException if one of them still lives
   */
  void stopAll(ObjectId sandbox);

  /** Kills and removes all containers of the pod, with their cgroups and layers. Idempotent. */
  void removeAll(ObjectId sandbox);

  /**
   * The pod's monitor is gone, and the exits of its containers with it: kill what is left in the containers' cgroups and
   * report them EXITED 255 {@code Unknown}, except those whose exit record was written. Called once the pod is NOTREADY.
   * Idempotent.
   */
  void podDied(ObjectId sandbox);

  /**
   * A container ended. The pod's connection is watched here, because it also tells of the monitor's own end; the exits on it
   * are passed on, one after the other. After a restart of the daemon they come once {@link RecoverSandboxes#resume} runs.
   *
   * @param monitor to acknowledge the exit to ({@link Monitor#ack}) once it is recorded
   * @param sequence what to acknowledge
   * @param exitCode the exit code, or 128 plus the signal
   * @param finishedAtNanos nanoseconds since the epoch
   */
  void exited(Monitor monitor, long sequence, ObjectId container, int exitCode, long finishedAtNanos);

  /** What ContainerStatus answers for each container of the pod, newest first. Answers from memory. */
  List<ContainerStatus> statuses(ObjectId sandbox);
}
