package io.crij.netns;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.Journal;
import io.crij.core.Json;
import io.crij.core.Printable;
import io.crij.helper.ProgramRunner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds plugins in the plugin folders and runs one command of one plugin, as the spec's section 2 asks. */
final class CniPlugins {
  /** Of stdout and of stderr. Real results have some hundred bytes. */
  private static final int MAX_OUTPUT_BYTES = 1 << 20;

  /** Plugins call the node's iptables, nft and ip; nothing else of the daemon's environment reaches them. */
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final List<Path> folders;
  private final ProgramRunner runner;
  private volatile PluginTimes times = (plugin, command, nanos, failed) -> {};

  CniPlugins(List<Path> folders, ProgramRunner runner) {
    this.folders = List.copyOf(folders);
    this.runner = runner;
  }

  void listen(PluginTimes listener) {
    times = listener;
  }

  /** The executable of a plugin, from the first folder that has it. */
  Optional<Path> find(String type) {
    return folders.stream().map(folder -> folder.resolve(type)).filter(Files::isExecutable).filter(Files::isRegularFile).findFirst();
  }

  /** The plugin folders, for messages. */
  String folderNames() {
    return folders.stream().map(Path::toString).collect(Collectors.joining(", "));
  }

  /**
   * Runs the plugin to its end.
   *
   * @param environment the CNI_ variables but CNI_PATH
   * @param stdin the plugin's configuration
   * @return what it printed; null if it printed nothing
   * @throws CniException if it fails, answers with something that is no JSON object, or has to be killed
   */
  @Nullable JsonNode run(String type, Map<String, String> environment, ObjectNode stdin, Duration deadline) throws CniException {
    Path file =
        find(type)
            .orElseThrow(
                () -> failure(type, CniException.NO_ANSWER, "the plugin '" + type + "' is in none of the folders " + folderNames(), "", false));
    String command = String.valueOf(environment.get("CNI_COMMAND"));
    long began = System.nanoTime();
    boolean failed = true;
    try {
      JsonNode answer = run(type, file, command, environment, stdin, deadline);
      failed = false;
      return answer;
    } finally {
      Journal.parts().ended(type + " " + command, began, failed);
      times.ran(type, command, System.nanoTime() - began, failed);
    }
  }

  private @Nullable JsonNode run(String type, Path file, String command, Map<String, String> environment, ObjectNode stdin, Duration deadline)
      throws CniException {
    Map<String, String> env = new TreeMap<>(environment);
    env.put("CNI_PATH", folders.stream().map(Path::toString).collect(Collectors.joining(":")));
    env.put("PATH", PATH);
    ProgramRunner.Outcome outcome;
    try {
      byte[] input = Json.FOREIGN.writeValueAsBytes(stdin);
      outcome = runner.run(new ProgramRunner.Program(file, List.of(file.toString()), env, input, deadline, MAX_OUTPUT_BYTES));
    } catch (IOException e) {
      CniException failure =
          failure(type, CniException.NO_ANSWER, "the plugin '" + type + "' cannot be run from " + file + ": " + e.getMessage(), "", false);
      failure.initCause(e);
      throw failure;
    }
    if (outcome.timedOut()) {
      throw failure(
          type,
          CniException.NO_ANSWER,
          "the plugin '" + type + "' did not end " + command + " within " + deadline.toMillis() + " ms and was killed",
          "",
          true);
    }
    if (outcome.exitCode() != 0) {
      throw errorOf(type, command, outcome);
    }
    return outcome.stdout().length == 0 ? null : json(type, command, outcome.stdout());
  }

  private static @Nullable JsonNode json(String type, String command, byte[] stdout) throws CniException {
    try {
      JsonNode answer = Json.FOREIGN.readTree(stdout);
      // Blanks and newlines only read as a missing node.
      return answer == null || answer.isMissingNode() ? null : answer;
    } catch (IOException e) {
      String why = e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
      throw failure(
          type, CniException.NO_ANSWER, "the plugin '" + type + "' answered " + command + " with something that is not JSON: " + why, "", false);
    }
  }

  /** The error object of the spec on stdout, or else the end of what the plugin printed. */
  private static CniException errorOf(String type, String command, ProgramRunner.Outcome outcome) {
    JsonNode error = null;
    try {
      error = Json.FOREIGN.readTree(outcome.stdout());
    } catch (IOException e) {
      // It died before it could report: what it printed is shown below instead.
    }
    if (error == null || !error.path("code").isInt()) {
      String said = printable(new String(outcome.stderr(), StandardCharsets.UTF_8));
      String shown = said.isEmpty() ? printable(new String(outcome.stdout(), StandardCharsets.UTF_8)) : said;
      return failure(
          type,
          CniException.NO_ANSWER,
          "the plugin '" + type + "' ended " + command + " with exit code " + outcome.exitCode() + " and no error object" + (shown.isEmpty() ? "" : ": " + shown),
          shown,
          false);
    }
    String message = printable(error.path("msg").asText());
    String details = printable(error.path("details").asText());
    int code = error.path("code").asInt();
    return failure(
        type,
        code,
        "the plugin '" + type + "' failed " + command + " (code " + code + "): " + message + (details.isEmpty() ? "" : " (" + details + ")"),
        details,
        false);
  }

  private static CniException failure(String type, int code, String message, String details, boolean timedOut) {
    return new CniException(type, code, message, details, timedOut);
  }

  private static String printable(String text) {
    String line = Printable.plain(text.strip().replaceAll("\\s+", " "));
    return line.length() > 1000 ? "…" + line.substring(line.length() - 1000) : line;
  }
}
