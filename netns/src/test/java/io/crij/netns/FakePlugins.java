package io.crij.netns;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import io.crij.helper.ProgramRunner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Runs no program: {@code fake-ipam} keeps leases as a real plugin would, every other name passes its prevResult on. Answers
 * may be replaced by {@code "type COMMAND"}.
 */
final class FakePlugins implements ProgramRunner {
  /** One run of a plugin. */
  record Call(String type, String command, Map<String, String> env, JsonNode stdin) {
    String label() {
      return type + " " + command;
    }
  }

  final List<Call> calls = new ArrayList<>();
  final Map<String, String> leases = new TreeMap<>();
  private final Map<String, Outcome> answers = new HashMap<>();
  private int next = 2;

  void answer(String label, int exitCode, String stdout) {
    answers.put(label, outcome(exitCode, stdout));
  }

  void hang(String label) {
    answers.put(label, new Outcome(137, new byte[0], new byte[0], true));
  }

  void heal() {
    answers.clear();
  }

  List<String> labels() {
    return calls.stream().map(Call::label).toList();
  }

  Call last(String label) {
    return calls.stream().filter(call -> call.label().equals(label)).reduce((a, b) -> b).orElseThrow();
  }

  @Override
  public synchronized Outcome run(Program program) throws IOException {
    JsonNode stdin = Json.FOREIGN.readTree(program.stdin());
    String type = String.valueOf(program.file().getFileName());
    Call call = new Call(type, env(program, "CNI_COMMAND"), program.env(), stdin);
    calls.add(call);
    Outcome scripted = answers.get(call.label());
    if (scripted != null) {
      return scripted;
    }
    String container = program.env().getOrDefault("CNI_CONTAINERID", "");
    return switch (call.command()) {
      case "ADD" -> outcome(0, type.equals("fake-ipam") ? lease(container, stdin) : stdin.path("prevResult").toString());
      case "DEL" -> {
        if (type.equals("fake-ipam")) {
          leases.remove(container);
        }
        yield outcome(0, "");
      }
      default -> outcome(0, "");
    };
  }

  private String lease(String container, JsonNode stdin) {
    String address = "10.9.0." + next++;
    leases.put(container, address);
    return """
        {"cniVersion":"%s","interfaces":[{"name":"eth0","sandbox":"/x"}],"ips":[{"version":"4","interface":0,"address":"%s/24"}]}
        """
        .formatted(stdin.path("cniVersion").asText(), address);
  }

  private static String env(Program program, String name) {
    @Nullable String value = program.env().get(name);
    return value == null ? "" : value;
  }

  private static Outcome outcome(int exitCode, String stdout) {
    return new Outcome(exitCode, stdout.getBytes(StandardCharsets.UTF_8), new byte[0], false);
  }
}
