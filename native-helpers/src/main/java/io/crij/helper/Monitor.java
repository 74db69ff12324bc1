package io.crij.helper;

import io.crij.core.ObjectId;
import java.util.List;
import java.util.Set;

/**
 * A pod's monitor. Calls block and are meant for virtual threads; each has a deadline. All throw
 * {@link LaunchFailure} when the monitor answers with an error, {@link MonitorGone} when there is no monitor any more (its pod
 * is lost), and {@link io.crij.core.CriException} with DEADLINE_EXCEEDED when it does not answer in time.
 */
public interface Monitor extends AutoCloseable {
  ObjectId pod();

  /** Who answers, and how far the pod is. */
  Hello hello();

  /**
   * Makes the pod's namespaces; once in a pod's life.
   *
   * @return the pid of the shared init, or 0 where the pod has none
   */
  int setUp(PodSetup setup);

  /** Starts a container whose plan has no hold; answers when its {@code execve} succeeded. */
  default Started start(StartRequest request) {
    return start(request, HoldListener.NONE);
  }

  /**
   * Starts a container; answers when its {@code execve} succeeded. At each {@link io.crij.helper.plan.PlanOp.Hold} of its plan
   * the listener is called, on this thread, while the process stands still. What it throws ends the start and is thrown here.
   *
   * @throws LaunchFailure with the stage {@code hold} if the process was killed there (ECANCELED by {@link #kill}, ECHILD by
   *     another), or stood there for longer than the hold allows (ETIMEDOUT)
   */
  Started start(StartRequest request, HoldListener listener);

  /** Sends a signal to the container's first process; a LaunchFailure with ESRCH if it does not run. */
  void kill(ObjectId container, int signal);

  /** All containers that were started and not forgotten. */
  List<ContainerState> status();

  /**
   * From now on exits come to the listener, on a thread of the client's; those that nobody acknowledged come first. One
   * listener for a connection.
   */
  void watch(ExitListener listener);

  /** Lets the monitor forget the event with this sequence number. */
  void ack(long sequence);

  /** Lets the monitor forget an exited container, its exit record included; again and again if need be. */
  void forget(ObjectId container);

  /** Reopens the container's log; when it answers, nothing is written to the old file any more. */
  void reopenLog(ObjectId container);

  /** Kills whatever runs in the pod and ends the monitor. */
  void shutdown();

  /** Runs a program in a container, over a connection of its own. */
  ExecSession exec(ExecRequest request);

  /** Runs a program in a container with live streams. The program runs when this returns. */
  ProcessStreams exec(StreamedExec request);

  /** Joins a running container's streams, from now on; a LaunchFailure with ESRCH if it does not run. */
  ProcessStreams attach(ObjectId container, Set<StandardStream> streams);

  /**
   * A TCP connection to a port of the pod's own loopback, 127.0.0.1 or else ::1. A read of -1 is the other side's half-close.
   *
   * @throws LaunchFailure with ECONNREFUSED if nobody listens there, ETIMEDOUT if nobody answers
   */
  ForwardedPort forward(int port);

  /** Ends the connection, not the monitor. */
  @Override
  void close();

  /**
   * @param version of the protocol
   * @param monitorPid in the host's numbering
   * @param setUp whether {@link Monitor#setUp} was done
   * @param initPid the shared init, or 0
   */
  record Hello(int version, int monitorPid, ObjectId pod, boolean setUp, int initPid) {}

  /**
   * @param pid in the host's numbering
   * @param startTicks field 22 of /proc/PID/stat; with the pid it names the process for good
   * @param startedAtNs nanoseconds since the epoch
   */
  record Started(int pid, long startTicks, long startedAtNs) {}
}
