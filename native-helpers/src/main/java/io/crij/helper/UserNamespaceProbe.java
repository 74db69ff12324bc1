package io.crij.helper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whether pods can have user namespaces on this node: {@code crij-pod probe userns} (PROTOCOL.md section 5) tries it. */
public final class UserNamespaceProbe {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int MAX_OUTPUT_BYTES = 4096;

  private UserNamespaceProbe() {}

  /**
   * Why they cannot; empty if they can.
   *
   * @param images the folder that the layers of images are below; its file system must map owners
   */
  public static Optional<String> missing(ProgramRunner runner, Path crijPod, Path images) {
    ProgramRunner.Program probe =
        new ProgramRunner.Program(
            crijPod, List.of("crij-pod", "probe", "userns", images.toString()), Map.of(), new byte[0], PATIENCE, MAX_OUTPUT_BYTES);
    try {
      ProgramRunner.Outcome outcome = runner.run(probe);
      if (outcome.exitCode() == 0) {
        return Optional.empty();
      }
      String why = new String(outcome.stdout(), StandardCharsets.UTF_8).strip();
      return Optional.of(why.isEmpty() ? "the probe ended with " + outcome.exitCode() : why);
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
