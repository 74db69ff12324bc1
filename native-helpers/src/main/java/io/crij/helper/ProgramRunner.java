package io.crij.helper;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Runs short-lived programs that others wrote (CNI plugins) as children of the spawn process, never of the JVM. Each runs in
 * a process group of its own; at the deadline the whole group is killed.
 */
public interface ProgramRunner {
  /**
   * What to run.
   *
   * @param file the executable, absolute
   * @param argv the arguments, {@code argv[0]} included
   * @param env the whole environment
   * @param stdin bytes that the program reads, then end of file
   * @param deadline from the start to the kill
   * @param maxOutputBytes how much of stdout and of stderr, each, is kept; the rest is read and dropped
   */
  record Program(
      Path file, List<String> argv, Map<String, String> env, byte[] stdin, Duration deadline, int maxOutputBytes) {}

  /**
   * How it ended.
   *
   * @param exitCode the exit code, or 128 plus the signal that ended it
   * @param timedOut true if it was killed at the deadline
   */
  record Outcome(int exitCode, byte[] stdout, byte[] stderr, boolean timedOut) {}

  /**
   * Runs the program to its end.
   *
   * @throws IOException if it cannot be started at all (missing, not executable) or the spawn process is gone
   */
  Outcome run(Program program) throws IOException;
}
