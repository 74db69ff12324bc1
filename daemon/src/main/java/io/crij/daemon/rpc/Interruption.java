package io.crij.daemon.rpc;

import io.grpc.Context;

/**
 * Interrupts the thread of a call when its client leaves or its deadline passes; never once the call has ended, for
 * the interrupt would then hit whatever the thread does next, such as sending the answer.
 */
final class Interruption implements Context.CancellationListener {
  private final Thread thread;
  private boolean ended;

  Interruption(Thread thread) {
    this.thread = thread;
  }

  @Override
  public synchronized void cancelled(Context context) {
    if (!ended) {
      thread.interrupt();
    }
  }

  /** To be called by the thread itself. */
  synchronized void end() {
    ended = true;
    Thread.interrupted();
  }
}
