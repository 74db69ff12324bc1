package io.crij.daemon.cli;

import io.crij.daemon.BuildVersion;
import io.crij.daemon.config.CommandLine;
import io.crij.daemon.config.Config;
import io.crij.daemon.config.ConfigException;
import io.crij.daemon.config.ConfigLoader;
import io.crij.daemon.config.DefaultConfig;
import io.crij.daemon.rpc.DaemonClient;
import io.crij.image.SaveImages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
    return all().execute(arguments);
  }

  static picocli.CommandLine all() {
    return new picocli.CommandLine(new Top()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Command(
      name = "crij",
      description = "A Kubernetes container runtime.",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      subcommands = {
        ServeCommand.class,
        NodeCommands.StatusCommand.class,
        NodeCommands.PodsCommand.class,
        NodeCommands.PsCommand.class,
        NodeCommands.WhyCommand.class,
        NodeCommands.TimelineCommand.class,
        NodeCommands.GcCommand.class,
        ImagesCommand.class,
        PlanCommand.class,
        ConfigCommand.class,
        NodeCommands.CompletionCommand.class,
        VersionCommand.class
      })
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

  @Command(name = "version", description = "Print the version.", mixinStandardHelpOptions = true)
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
      name = "images",
      description = "Look after the images of the daemon that runs.",
      mixinStandardHelpOptions = true,
      subcommands = {PullCommand.class, PullsCommand.class, VerifyCommand.class, SaveCommand.class, LoadCommand.class})
  static final class ImagesCommand implements Callable<Integer> {
    @Override
    public Integer call() {
      picocli.CommandLine.usage(this, System.err);
      return 2;
    }
  }

  @Command(name = "pull", description = "Pull an image; on a terminal with a bar for each layer.", mixinStandardHelpOptions = true)
  static final class PullCommand implements Callable<Integer> {
    @Mixin Places places = new Places();

    @Parameters(paramLabel = "IMAGE", description = "Its name.")
    String image = "";

    @Override
    public Integer call() {
      return withDaemon(places.line(), daemon -> ImageCommands.pull(daemon, image));
    }
  }

  @Command(name = "pulls", description = "Print how far the pulls are that run now.", mixinStandardHelpOptions = true)
  static final class PullsCommand implements Callable<Integer> {
    @Mixin Places places = new Places();

    @Override
    public Integer call() {
      return withDaemon(places.line(), ImageCommands::pulls);
    }
  }

  @Command(
      name = "verify",
      description = "Check that the layers on disk are what the images say; exit 1 if one is damaged.",
      mixinStandardHelpOptions = true)
  static final class VerifyCommand implements Callable<Integer> {
    @Mixin Places places = new Places();

    @Option(names = "--repair", description = "Fetch damaged layers again. Containers keep the files they were started on.")
    boolean repair;

    @Parameters(paramLabel = "IMAGE", arity = "0..*", description = "Names or ids; all images if there are none.")
    List<String> images = List.of();

    @Override
    public Integer call() {
      return withDaemon(places.line(), daemon -> ImageCommands.verify(daemon, images, repair));
    }
  }

  @Command(
      name = "save",
      description = "Write images as one archive, their layers not packed: 'crij images save REF | zstd > FILE' makes it small.",
      mixinStandardHelpOptions = true)
  static final class SaveCommand implements Callable<Integer> {
    @Mixin Places places = new Places();

    @Option(names = {"-o", "--output"}, paramLabel = "FILE", description = "The archive; default -, which is stdout.")
    Path output = Path.of("-");

    @Option(
        names = "--format",
        paramLabel = "FORMAT",
        description = "oci (an OCI image layout, the default) or docker (for tools that do not know OCI).")
    SaveImages.Format format = SaveImages.Format.OCI;

    @Parameters(paramLabel = "REF", arity = "1..*", description = "Names or ids. An image that is named by a tag has this tag in the archive.")
    List<String> images = List.of();

    @Override
    public Integer call() {
      return withDaemon(places.line(), daemon -> ImageCommands.save(daemon, images, format, output));
    }
  }

  @Command(
      name = "load",
      description = "Take the images out of an archive: an OCI image layout or what docker save wrote, as it is or packed with gzip or zstd.",
      mixinStandardHelpOptions = true)
  static final class LoadCommand implements Callable<Integer> {
    @Mixin Places places = new Places();

    @Option(names = {"-i", "--input"}, paramLabel = "FILE", description = "The archive; default -, which is stdin.")
    Path input = Path.of("-");

    @Override
    public Integer call() {
      return withDaemon(places.line(), daemon -> ImageCommands.load(daemon, input));
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

  @Command(
      name = "check",
      description = "Name every mistake of the configuration and its drop-ins, with file, line and key; exit 2 if there is one.",
      mixinStandardHelpOptions = true)
  static final class CheckCommand implements Callable<Integer> {
    @Mixin Places places = new Places();

    @Option(names = {"--output", "-o"}, paramLabel = "FORMAT", defaultValue = "text", description = "text (the default) or json.")
    NodeCommands.Output output = NodeCommands.Output.TEXT;

    @Option(names = "--node", description = "Look at the node instead, if there is no mistake: kernel, cgroups, network, disk, libraries, and what to do about each; exit 1 if it is not fit for pods.")
    boolean node;

    @Override
    public Integer call() {
      return CheckConfig.run(places.line(), output == NodeCommands.Output.JSON, node);
    }
  }

  @Command(
      name = "default",
      description = "Print a configuration file with every key, its meaning and its default.",
      mixinStandardHelpOptions = true)
  static final class DefaultCommand implements Callable<Integer> {
    @Override
    public Integer call() {
      System.out.print(DefaultConfig.toml());
      return 0;
    }
  }

  interface UseOfDaemon {
    int with(DaemonClient daemon) throws IOException, InterruptedException;
  }

  /** A socket that is named is all it takes: a user of it need not be allowed to read the configuration. */
  static int withDaemon(CommandLine line, UseOfDaemon use) {
    Path socket = line.socket();
    return socket == null ? withConfig(line, config -> withSocket(config.socket(), use)) : withSocket(socket, use);
  }

  private static int withSocket(Path socket, UseOfDaemon use) {
    try (DaemonClient daemon = DaemonClient.of(socket)) {
      return use.with(daemon);
    } catch (IOException e) {
      System.err.println("crij: " + e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
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
