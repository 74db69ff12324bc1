package io.crij.container;

/**
 * What changes of a container. Times are nanoseconds since the epoch, 0 where there is none yet.
 *
 * @param removing true once a removal began: it is finished whatever happens
 * @param pid of the first process in the host's numbering; 0 before the start
 * @param startTicks field 22 of /proc/PID/stat; with the pid it names the process for good
 * @param exitCode the exit code, or 128 plus the signal; of no meaning before EXITED
 * @param reason one word for why it ended, empty before
 * @param message a sentence for people, mostly empty
 */
record Life(
    ContainerState state,
    boolean removing,
    int pid,
    long startTicks,
    long startedAtNanos,
    long finishedAtNanos,
    int exitCode,
    String reason,
    String message) {
  static final Life CREATED = new Life(ContainerState.CREATED, false, 0, 0, 0, 0, 0, "", "");

  /** How a process ended that nobody saw end. */
  static final int UNSEEN_EXIT_CODE = 255;

  /**
   * After a start. The exit of a short-lived process may have been told before: then only what the start knows is added.
   */
  Life started(int newPid, long newStartTicks, long atNanos) {
    ContainerState next = state == ContainerState.CREATED ? ContainerState.RUNNING : state;
    return new Life(next, removing, newPid, newStartTicks, atNanos, finishedAtNanos, exitCode, reason, message);
  }

  /** After the end of the first process; the first report counts. */
  Life exited(int code, long atNanos, boolean outOfMemory) {
    if (state == ContainerState.EXITED) {
      return this;
    }
    String why = code == 0 ? "Completed" : outOfMemory ? "OOMKilled" : "Error";
    return ended(code, atNanos, why, "");
  }

  /** After a start that failed. */
  Life notStarted(int code, long atNanos, String why) {
    Life ended = ended(code, atNanos, "StartError", why);
    return startedAtNanos != 0 ? ended : ended.started(0, 0, atNanos);
  }

  /** After an end that nobody saw. */
  Life lost(long atNanos, String why) {
    return state == ContainerState.EXITED ? this : ended(UNSEEN_EXIT_CODE, atNanos, "Unknown", why);
  }

  Life unknown() {
    return state == ContainerState.EXITED
        ? this
        : new Life(ContainerState.UNKNOWN, removing, pid, startTicks, startedAtNanos, 0, 0, "", "");
  }

  Life beingRemoved() {
    return new Life(state, true, pid, startTicks, startedAtNanos, finishedAtNanos, exitCode, reason, message);
  }

  private Life ended(int code, long atNanos, String why, String text) {
    // The wall clock may have been set back meanwhile; an end before the beginning would confuse whoever reads it.
    long finished = Math.max(atNanos, startedAtNanos);
    return new Life(ContainerState.EXITED, removing, pid, startTicks, startedAtNanos, finished, code, why, text);
  }
}
