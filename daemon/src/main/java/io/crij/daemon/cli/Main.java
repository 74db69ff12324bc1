package io.crij.daemon.cli;

import io.crij.daemon.config.CommandLine;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Entry of the program {@code crij}. Exit codes: 0 done, 1 failed, 2 asked for wrongly. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    List<String> words = Arrays.asList(arguments);
    Optional<CommandLine> serve =
        !words.isEmpty() && words.getFirst().equals("serve") ? ServeOptions.quick(words.subList(1, words.size())) : Optional.empty();
    int code = serve.isPresent() ? Serve.run(serve.get()) : Commands.run(arguments);
    System.exit(code);
  }
}
