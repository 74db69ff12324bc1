package io.crij.netns;

import java.io.IOException;

/** A CNI plugin that failed, or that could not be run. */
public final class CniException extends IOException {
  private static final long serialVersionUID = 1;

  /** "Container unknown": by the spec nothing is left to clean up. */
  public static final int UNKNOWN_CONTAINER = 3;

  /** "Try again later". */
  public static final int TRY_AGAIN = 11;

  /** The plugin did not answer as the spec asks, was killed at its deadline or could not be started. */
  public static final int NO_ANSWER = -1;

  private final String plugin;
  private final int code;
  private final String details;
  private final boolean timedOut;

  CniException(String plugin, int code, String message, String details, boolean timedOut) {
    super(message);
    this.plugin = plugin;
    this.code = code;
    this.details = details;
    this.timedOut = timedOut;
  }

  /** The {@code type} of the plugin in the network configuration. */
  public String plugin() {
    return plugin;
  }

  /** The code of the spec's section "Error", or {@link #NO_ANSWER}. */
  public int code() {
    return code;
  }

  /** What the plugin said beside its message; may be empty. */
  public String details() {
    return details;
  }

  /** True if the plugin was killed at its deadline. */
  public boolean timedOut() {
    return timedOut;
  }
}
