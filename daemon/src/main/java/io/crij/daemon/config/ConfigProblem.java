package io.crij.daemon.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One mistake in the configuration.
 *
 * @param file null when no one file is to blame
 * @param line counted from 1; 0 when not known
 */
public record ConfigProblem(@Nullable Path file, int line, String message) {
  @Override
  public String toString() {
    if (file == null) {
      return message;
    }
    return line > 0 ? file + ":" + line + ": " + message : file + ": " + message;
  }
}
