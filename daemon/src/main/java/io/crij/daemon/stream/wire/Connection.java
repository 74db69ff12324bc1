package io.crij.daemon.stream.wire;

/** One upgraded connection of a client. */
public interface Connection {
  boolean isOpen();

  /** Runs {@code action} on a thread of its own when the connection is lost or closed, or at once if it already is. */
  void whenClosed(Runnable action);

  /**
   * Ends a conversation that is complete: what was written still arrives, what still comes is dropped, and a client that does
   * not close within seconds is cut off.
   */
  void end();

  /** Cuts the connection off. */
  void cut();
}
