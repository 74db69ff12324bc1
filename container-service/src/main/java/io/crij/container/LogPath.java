package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.Printable;

/** Where a container's log is. */
final class LogPath {
  private LogPath() {}

  /**
   * The absolute path, empty for no log.
   *
   * @throws CriException INVALID_ARGUMENT if the path would lead out of the pod's folder
   */
  static String of(String logDirectory, String logPath) {
    if (logDirectory.isEmpty() || logPath.isEmpty()) {
      return "";
    }
    for (String part : logPath.split("/", -1)) {
      if (part.isEmpty() || part.equals("..") || part.equals(".")) {
        throw CriException.invalid(
            "config.log_path: '" + Printable.of(logPath) + "' is not a plain path below the pod's log directory.");
      }
    }
    if (logPath.chars().anyMatch(c -> c < ' ')) {
      throw CriException.invalid("config.log_path: '" + Printable.of(logPath) + "' holds a control character.");
    }
    return logDirectory.endsWith("/") ? logDirectory + logPath : logDirectory + "/" + logPath;
  }
}
