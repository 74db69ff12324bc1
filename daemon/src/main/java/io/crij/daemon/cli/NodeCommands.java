package io.crij.daemon.cli;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import io.crij.daemon.rpc.DaemonClient;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that ask the daemon that runs how the node is. */
final class NodeCommands {
  private NodeCommands() {}

  /** How answers are printed. */
  enum Output {
    TEXT,
    JSON
  }

  /** What all of them take. */
  static final class Asking {
    @Mixin Commands.Places places = new Commands.Places();

    @Option(names = {"--output", "-o"}, paramLabel = "FORMAT", defaultValue = "text", description = "text (the default) or json.")
    Output output = Output.TEXT;

    interface Ask {
      JsonNode of(DaemonClient daemon) throws IOException;
    }

    int print(Ask ask, BiFunction<ReportText, JsonNode, List<String>> words) {
      return Commands.withDaemon(
          places.line(),
          daemon -> {
            JsonNode report = ask.of(daemon);
            if (output == Output.JSON) {
              DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
              printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
              System.out.println(Json.OWN.writer(printer).writeValueAsString(report));
            } else {
              words.apply(new ReportText(Instant.now()), report).forEach(System.out::println);
            }
            return 0;
          });
    }
  }

  @Command(name = "status", description = "The daemon and the node in one look: conditions, counts, slow calls, last errors.", mixinStandardHelpOptions = true)
  static final class StatusCommand implements Callable<Integer> {
    @Mixin Asking asking = new Asking();

    @Override
    public Integer call() {
      return asking.print(DaemonClient::status, ReportText::status);
    }
  }

  @Command(name = "pods", description = "The pods, also those in the making, with what goes on with each.", mixinStandardHelpOptions = true)
  static final class PodsCommand implements Callable<Integer> {
    @Mixin Asking asking = new Asking();

    @Override
    public Integer call() {
      return asking.print(DaemonClient::pods, ReportText::pods);
    }
  }

  @Command(name = "ps", description = "The containers that have not ended, with what goes on with each.", mixinStandardHelpOptions = true)
  static final class PsCommand implements Callable<Integer> {
    @Mixin Asking asking = new Asking();

    @Option(names = {"--all", "-a"}, description = "Those that ended, too. json always has all.")
    boolean all;

    @Override
    public Integer call() {
      return asking.print(DaemonClient::containers, (text, report) -> text.containers(report, all));
    }
  }

  @Command(
      name = "why",
      description = "Why a pod or container is as it is: what it waits for, since when, at which stage, and what failed.",
      mixinStandardHelpOptions = true)
  static final class WhyCommand implements Callable<Integer> {
    @Mixin Asking asking = new Asking();

    @Parameters(paramLabel = "POD|CONTAINER", description = "A name, namespace/name, or the beginning of an id.")
    String about = "";

    @Override
    public Integer call() {
      return asking.print(daemon -> daemon.why(about), ReportText::why);
    }
  }

  @Command(
      name = "timeline",
      description = "What was done for a pod since the daemon started, stage by stage, in milliseconds.",
      mixinStandardHelpOptions = true)
  static final class TimelineCommand implements Callable<Integer> {
    @Mixin Asking asking = new Asking();

    @Parameters(paramLabel = "POD", description = "A name, namespace/name, or the beginning of a sandbox's id.")
    String pod = "";

    @Override
    public Integer call() {
      return asking.print(daemon -> daemon.timeline(pod), ReportText::timeline);
    }
  }

  @Command(
      name = "gc",
      description = "Remove from the image folder what nobody needs, which the daemon does by itself now and then.",
      mixinStandardHelpOptions = true)
  static final class GcCommand implements Callable<Integer> {
    @Mixin Asking asking = new Asking();

    @Option(names = "--explain", description = "Remove nothing: tell what would go, and why each image stays.")
    boolean explain;

    @Override
    public Integer call() {
      return asking.print(daemon -> daemon.gc(!explain), ReportText::gc);
    }
  }

  @Command(name = "completion", description = "Print the completion script of a shell: bash's goes into /usr/share/bash-completion/completions/crij; for zsh, source <(crij completion zsh).", mixinStandardHelpOptions = true)
  static final class CompletionCommand implements Callable<Integer> {
    /** Those that there is a script for. */
    enum Shell {
      BASH,
      /** It takes bash's, which loads bashcompinit there. */
      ZSH
    }

    @Parameters(paramLabel = "bash|zsh", description = "The shell.")
    Shell shell = Shell.BASH;

    @Override
    public Integer call() {
      System.out.print(picocli.AutoComplete.bash("crij", Commands.all()));
      return 0;
    }
  }
}
