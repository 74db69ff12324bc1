package io.crij.daemon.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the command line says; null where it is silent. It wins over every file. */
public record CommandLine(@Nullable Path config, @Nullable Path socket, @Nullable Path root, @Nullable Path run) {
  public static final CommandLine SILENT = new CommandLine(null, null, null, null);
}
