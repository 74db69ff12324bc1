package io.crij.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks whether a process is still the one that it was: a pid is used again, a pid with its start time is not. */
public final class ProcessId {
  private static final int STATE = 0;
  private static final int START_TICKS = 19;

  /** A process that takes longer sleeps in the kernel, and nobody can help that. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private ProcessId() {}

  /** True if the process runs; a zombie does not. */
  public static boolean lives(int pid, long startTicks) {
    return fields(pid).filter(f -> !f[STATE].equals("Z") && !f[STATE].equals("X") && f[START_TICKS].equals(Long.toString(startTicks))).isPresent();
  }

  /** When the process began, in ticks since boot; nothing if there is none. */
  static Optional<Long> startTicks(int pid) {
    return fields(pid).map(f -> Long.valueOf(f[START_TICKS]));
  }

  /** Kills it by SIGKILL if it is that process, and waits until it is gone: what it held is free only then. */
  static void kill(int pid, long startTicks) {
    if (lives(pid, startTicks)) {
      // ProcessHandle remembers the start time as well and looks again before it signals.
      ProcessHandle.of(pid)
          .ifPresent(
              process -> {
                process.destroyForcibly();
                process.onExit().completeOnTimeout(process, PATIENCE.toMillis(), TimeUnit.MILLISECONDS).join();
              });
    }
  }

  /** Fields 3 and on of proc_pid_stat(5): the name before them may hold spaces and brackets. */
  private static Optional<String[]> fields(int pid) {
    try {
      String stat = new String(Files.readAllBytes(Path.of("/proc/" + pid + "/stat")), StandardCharsets.ISO_8859_1);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ");
      return fields.length > START_TICKS ? Optional.of(fields) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
