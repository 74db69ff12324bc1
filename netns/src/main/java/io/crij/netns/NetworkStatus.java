package io.crij.netns;

/**
 * The node's NetworkReady condition.
 *
 * @param reason one word for programs; empty when ready
 * @param message one sentence for people that names what was looked at; empty when ready
 */
public record NetworkStatus(boolean ready, String reason, String message) {
  /** The reason that kubelet and people know from other runtimes. */
  public static final String NOT_READY = "NetworkPluginNotReady";

  static final NetworkStatus READY = new NetworkStatus(true, "", "");

  static NetworkStatus notReady(String message) {
    return new NetworkStatus(false, NOT_READY, message);
  }
}
