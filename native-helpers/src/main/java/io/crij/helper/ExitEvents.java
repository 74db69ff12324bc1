package io.crij.helper;

import io.crij.helper.wire.Frame;
import io.crij.helper.wire.MessageType;
import org.jspecify.annotations.Nullable;

/** The events of a control connection, on their way from the event loop to whoever watches. */
final class ExitEvents implements MonitorConnection.Events {
  private @Nullable ExitDelivery delivery;
  private boolean closing;
  private boolean ended;

  synchronized void deliverTo(ExitDelivery watcher) {
    if (delivery != null) {
      throw new IllegalStateException("the connection is watched already");
    }
    delivery = watcher;
    if (ended) {
      watcher.ended(!closing);
    }
  }

  /** From now on an end of the connection is no news. */
  synchronized void closing() {
    closing = true;
  }

  @Override
  public synchronized void event(Frame event) {
    if (delivery != null && event.type() == MessageType.EXITED) {
      delivery.exited(event);
    }
  }

  @Override
  public synchronized void ended() {
    ended = true;
    if (delivery != null) {
      delivery.ended(!closing);
    }
  }
}
