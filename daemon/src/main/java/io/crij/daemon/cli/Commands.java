package io.crij.daemon.cli;

import io.crij.daemon.BuildVersion;
import io.crij.daemon.config.CommandLine;
import io.crij.daemon.config.Config;
import io.crij.daemon.config.ConfigException;
import io.crij.daemon.config.ConfigLoader;
import io.crij.daemon.config.DefaultConfig;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** All commands, with their help. */
final class Commands {
  private Commands() {}

  static int run(String... arguments) {
    return new picocli.CommandLine(new Top()).execute(arguments);
  }

  @Command(
      name = "crij",
      description = "A Kubernetes container runtime.",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      subcommands = {ServeCommand.class, VersionCommand.class, PlanCommand.class, ConfigCommand.class})
  static final class Top implements Callable<Integer> {
    @Override
    public Integer call() {
      picocli.CommandLine.usage(this, System.err);
      return 2;
    }
  }

  static final class Version implements picocli.CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"crij " + BuildVersion.text()};
    }
  }

  /** Where the daemon keeps its things: given here, in the configuration, or the default. */
  static final class Places {
    @Option(names = "--config", paramLabel = "FILE", description = "Configuration; default /etc/crij/config.toml, which may be absent.")
    @Nullable Path config;

    @Option(names = "--socket", paramLabel = "PATH", description = "The socket that kubelet and crictl use.")
    @Nullable Path socket;

    @Option(names = "--root", paramLabel = "DIR", description = "What outlives a boot: images, layers, records.")
    @Nullable Path root;

    @Option(names = "--run", paramLabel = "DIR", description = "What dies with a boot: live pods.")
    @Nullable Path run;

    CommandLine line() {
      return new CommandLine(config, socket, root, run);
    }
  }

  @Command(name = "serve", description = "Run the daemon in the foreground.", mixinStandardHelpOptions = true)
  static final class ServeCommand implements Callable<Integer> {
    @Mixin Places places = new Places();

    @Override
    public Integer call() {
      return Serve.run(places.line());
    }
  }

  @Command(name = "version", description = "Print the version.")
  static final class VersionCommand implements Callable<Integer> {
    @Override
    public Integer call() {
      System.out.println("crij " + BuildVersion.text());
      return 0;
    }
  }

  @Command(name = "plan", description = "Print the launch plan of a container.", mixinStandardHelpOptions = true)
  static final class PlanCommand implements Callable<Integer> {
    @Mixin Places places = new Places();

    @Parameters(paramLabel = "ID", description = "The container's id, or a beginning of it that no other has.")
    String id = "";

    @Override
    public Integer call() {
      return withConfig(places.line(), config -> ShowPlan.run(config.run(), id));
    }
  }

  @Command(
      name = "config",
      description = "Look at the configuration.",
      mixinStandardHelpOptions = true,
      subcommands = {CheckCommand.class, DefaultCommand.class})
  static final class ConfigCommand implements Callable<Integer> {
    @Override
    public Integer call() {
      picocli.CommandLine.usage(this, System.err);
      return 2;
    }
  }

  @Command(name = "check", description = "Name every mistake of the configuration and its drop-ins; exit 2 if there is one.")
  static final class CheckCommand implements Callable<Integer> {
    @Mixin Places places = new Places();

    @Override
    public Integer call() {
      return withConfig(places.line(), config -> 0);
    }
  }

  @Command(name = "default", description = "Print a configuration file with every key, its meaning and its default.")
  static final class DefaultCommand implements Callable<Integer> {
    @Override
    public Integer call() {
      System.out.print(DefaultConfig.toml());
      return 0;
    }
  }

  private interface UseOfConfig {
    int with(Config config);
  }

  private static int withConfig(CommandLine line, UseOfConfig use) {
    try {
      return use.with(ConfigLoader.load(line));
    } catch (ConfigException e) {
      System.err.println(e.getMessage());
      return 2;
    }
  }
}
