package io.crij.daemon.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.crij.core.Json;
import io.crij.daemon.config.CommandLine;
import io.crij.daemon.config.Config;
import io.crij.daemon.config.ConfigException;
import io.crij.daemon.config.ConfigLoader;
import io.crij.daemon.config.ConfigProblem;
import io.crij.daemon.host.NodeCheck;
import io.crij.daemon.host.NodeFinding;
import io.crij.daemon.log.LogSetup;
import java.util.List;

/** {@code crij config check}: what {@code serve} would complain of, without a daemon; and whether the node is fit. Mistakes are the answer, so they go to stdout. */
final class CheckConfig {
  private CheckConfig() {}

  /**
   * Exit code 0 without a mistake, else 2.
   *
   * @param node to look at the node, too, if there is no mistake; exit code 1 if it is not fit
   */
  static int run(CommandLine line, boolean json, boolean node) {
    List<ConfigProblem> problems = List.of();
    try {
      Config config = ConfigLoader.load(line);
      if (node) {
        LogSetup.apply(new Config.Log("error", Config.LogFormat.TEXT)); // what parts of the daemon tell its log is told here in other words
        return print(NodeCheck.ofThisHost(config), json);
      }
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

  private static int print(List<NodeFinding> findings, boolean json) {
    if (json) {
      ArrayNode all = Json.OWN.createArrayNode();
      findings.forEach(
          each -> all.addObject().put("about", each.about()).put("level", each.level().word()).put("found", each.found()).put("advice", each.advice()));
      System.out.println(all);
    } else {
      for (NodeFinding each : findings) {
        System.out.printf("%-4s  %-15s  %s%n", each.level().word(), each.about(), each.found());
        if (!each.advice().isEmpty()) {
          System.out.printf("%-4s  %-15s  -> %s%n", "", "", each.advice());
        }
      }
    }
    return findings.stream().anyMatch(each -> each.level() == NodeFinding.Level.BAD) ? 1 : 0;
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
