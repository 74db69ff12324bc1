package io.crij.container.hooks;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Printable;
import io.crij.helper.ProgramRunner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs the hooks that are not the container's own process's to run, as children of the spawn process. */
public final class HookPrograms {
  /** Its last line counts; the rest is read and dropped. */
  private static final int MAX_OUTPUT_BYTES = 64 << 10;

  private final ProgramRunner runner;
  private final Path crijPod;

  /** @param crijPod the program that takes a hook into a mount namespace */
  public HookPrograms(ProgramRunner runner, Path crijPod) {
    this.runner = runner;
    this.crijPod = crijPod;
  }

  /**
   * Runs one beside the root of a container whose process stands still: in its mount namespace and else in those of the node.
   *
   * @param pid of the process, in the host's numbering
   * @throws CriException FAILED_PRECONDITION, saying which, how, and its last line
   */
  void beside(HookStage stage, Hook hook, HookState state, int pid, String bundle) {
    List<String> argv = new ArrayList<>(List.of("crij-pod", "hook", String.valueOf(pid), bundle, hook.path()));
    argv.addAll(hook.args());
    run(stage, hook, crijPod, argv, state.with(pid));
  }

  /**
   * Runs one on the node.
   *
   * @param pid 0 for a container that has ended
   * @throws CriException as above
   */
  void onNode(HookStage stage, Hook hook, HookState state, int pid) {
    run(stage, hook, Path.of(hook.path()), hook.args(), state.with(pid));
  }

  private void run(HookStage stage, Hook hook, Path file, List<String> argv, byte[] state) {
    Map<String, String> env = new LinkedHashMap<>();
    for (String variable : hook.env()) {
      int equals = variable.indexOf('=');
      env.put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    ProgramRunner.Outcome outcome;
    try {
      outcome = runner.run(new ProgramRunner.Program(file, argv, env, state, Duration.ofMillis(hook.timeoutMillis()), MAX_OUTPUT_BYTES));
    } catch (IOException e) {
      throw failed(stage, hook, "cannot be run: " + e.getMessage());
    }
    if (outcome.timedOut()) {
      throw failed(stage, hook, "did not end within " + hook.timeoutMillis() + " ms and was killed" + lastLine(outcome.stderr()));
    }
    if (outcome.exitCode() != 0) {
      throw failed(stage, hook, "failed (exit code " + outcome.exitCode() + ")" + lastLine(outcome.stderr()));
    }
  }

  private static CriException failed(HookStage stage, Hook hook, String how) {
    return new CriException(ErrorCode.FAILED_PRECONDITION, "its " + stage.word() + " hook " + Printable.of(hook.path()) + " " + how + ".");
  }

  static String lastLine(byte[] output) {
    String line = new String(output, StandardCharsets.UTF_8).strip().lines().reduce("", (before, last) -> last).strip();
    return line.isEmpty() ? "" : ": " + Printable.of(line);
  }
}
