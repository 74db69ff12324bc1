package io.crij.container.launch;

import io.crij.core.CriException;
import io.crij.cri.ContainerConfig;
import io.crij.image.ImageConfig;
import java.util.ArrayList;
import java.util.List;

/** What runs: a command of the request takes the place of the image's entrypoint and drops the image's arguments with it. */
public final class Command {
  private Command() {}

  /**
   * The arguments, the program first.
   *
   * @throws CriException INVALID_ARGUMENT if neither request nor image names a program
   */
  public static List<String> of(ContainerConfig config, ImageConfig image) {
    List<String> argv = new ArrayList<>();
    if (config.getCommandCount() > 0) {
      argv.addAll(config.getCommandList());
      argv.addAll(config.getArgsList());
    } else {
      argv.addAll(image.entrypoint());
      argv.addAll(config.getArgsCount() > 0 ? config.getArgsList() : image.cmd());
    }
    if (argv.isEmpty()) {
      throw CriException.invalid(
          "config.command: no command specified: neither the request nor the image names a program to run.");
    }
    if (argv.getFirst().isEmpty()) {
      throw CriException.invalid("config.command: the first word, the program to run, is empty.");
    }
    argv.forEach(word -> Fields.text("config.command", word));
    return List.copyOf(argv);
  }
}
