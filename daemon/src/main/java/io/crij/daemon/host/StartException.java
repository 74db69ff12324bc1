package io.crij.daemon.host;

import org.jspecify.annotations.Nullable;

/** The daemon cannot start; the message is what its operator reads. */
public final class StartException extends Exception {
  private static final long serialVersionUID = 1;

  public StartException(String message) {
    this(message, null);
  }

  public StartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
