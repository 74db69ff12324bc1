package io.crij.nri;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.crij.nri.api.Event;
import io.crij.nri.wire.CallFailed;
import io.crij.nri.wire.CallRefused;
import io.crij.nri.wire.PluginLink;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A plugin that registered and was configured. It is called by one thread at a time, in the order in which they come: plugins are
 * written for runtimes that do so.
 */
final class Plugin {
  static final String SERVICE = "nri.pkg.api.v1alpha1.Plugin";

  private final PluginName name;
  private final PluginLink link;
  private final int events;
  private final Duration deadline;
  private final NriSettings.OnFailure onFailure;
  private final ReentrantLock turn = new ReentrantLock(true);
  private final CompletableFuture<Void> synchronizing = new CompletableFuture<>();

  /** @param events bit n-1 for event n */
  Plugin(PluginName name, PluginLink link, int events, Duration deadline, NriSettings.OnFailure onFailure) {
    this.name = name;
    this.link = link;
    this.events = events;
    this.deadline = deadline;
    this.onFailure = onFailure;
  }

  PluginName name() {
    return name;
  }

  boolean wants(Event event) {
    return (events & 1 << (event.getNumber() - 1)) != 0;
  }

  NriSettings.OnFailure onFailure() {
    return onFailure;
  }

  boolean isGone() {
    return link.endedWhy() != null;
  }

  /** From here on it gets events; or it is gone, and calls of it fail. */
  void synchronizationIsOver() {
    synchronizing.complete(null);
  }

  void drop() {
    link.close();
    synchronizing.complete(null);
  }

  /**
   * Waits until the plugin knows the pods and containers that there are, then for this caller's turn, then for the answer. The
   * deadline counts from the turn; those in front have the same one.
   */
  <T> T call(String method, Message request, Parser<T> answer) throws CallRefused, CallFailed {
    synchronizing.join();
    turn.lock();
    try {
      return link.call(SERVICE, method, request, answer, deadline);
    } finally {
      turn.unlock();
    }
  }

  /** A call of the synchronization itself. */
  <T> T call(String method, Message request, Parser<T> answer, Duration within) throws CallRefused, CallFailed {
    return link.call(SERVICE, method, request, answer, within);
  }

  @Override
  public String toString() {
    return name.toString();
  }
}
