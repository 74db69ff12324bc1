package io.crij.daemon.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.crij.core.Json;
import io.crij.daemon.config.CommandLine;
import io.crij.daemon.config.ConfigException;
import io.crij.daemon.config.ConfigLoader;
import io.crij.daemon.config.ConfigProblem;
import java.util.List;

/** {@code crij config check}: what {@code serve} would complain of, without a daemon. Mistakes are the answer, so they go to stdout. */
final class CheckConfig {
  private CheckConfig() {}

  /** Exit code 0 without a mistake, else 2. */
  static int run(CommandLine line, boolean json) {
    List<ConfigProblem> problems = List.of();
    try {
      ConfigLoader.load(line);
    } catch (ConfigException e) {
      problems = e.problems();
    }
    if (json) {
      System.out.println(json(problems));
    } else if (problems.isEmpty()) {
      System.out.println("The configuration has no mistakes.");
    } else {
      problems.forEach(System.out::println);
    }
    return problems.isEmpty() ? 0 : 2;
  }

  private static ArrayNode json(List<ConfigProblem> problems) {
    ArrayNode all = Json.OWN.createArrayNode();
    for (ConfigProblem problem : problems) {
      all.addObject()
          .put("file", problem.file() == null ? null : problem.file().toString())
          .put("line", problem.line())
          .put("message", problem.message());
    }
    return all;
  }
}
