package io.crij.daemon.cli;

import io.crij.daemon.config.CommandLine;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code crij serve}, read without the command-line library: loading that costs a node some 90 ms at each
 * start of the daemon. Whatever this does not understand is left to the library, which knows how to complain and to help.
 */
final class ServeOptions {
  private ServeOptions() {}

  /** @param arguments those after {@code serve} */
  static Optional<CommandLine> quick(List<String> arguments) {
    ArrayDeque<String> rest = new ArrayDeque<>(arguments);
    @Nullable Path config = null;
    @Nullable Path socket = null;
    @Nullable Path root = null;
    @Nullable Path run = null;
    while (!rest.isEmpty()) {
      String option = rest.pop();
      int equals = option.indexOf('=');
      String name = equals < 0 ? option : option.substring(0, equals);
      String value = equals >= 0 ? option.substring(equals + 1) : rest.isEmpty() ? "" : rest.pop();
      if (value.isEmpty() || (equals < 0 && value.startsWith("-"))) {
        return Optional.empty();
      }
      switch (name) {
        case "--config" -> config = Path.of(value);
        case "--socket" -> socket = Path.of(value);
        case "--root" -> root = Path.of(value);
        case "--run" -> run = Path.of(value);
        default -> {
          return Optional.empty();
        }
      }
    }
    return Optional.of(new CommandLine(config, socket, root, run));
  }
}
