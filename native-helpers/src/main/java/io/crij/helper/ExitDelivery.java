package io.crij.helper;

import io.crij.core.ObjectId;
import io.crij.helper.wire.FieldReader;
import io.crij.helper.wire.Frame;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands exits to a listener, one after the other, on a virtual thread of their own: the listener writes records, the event loop
 * must not. The queue is as long as the pod has unacknowledged exits.
 */
final class ExitDelivery {
  private static final Logger LOG = LoggerFactory.getLogger(ExitDelivery.class);

  private sealed interface Item {
    record Exit(Frame frame) implements Item {}

    /** Nothing comes any more. */
    record Last(boolean gone) implements Item {}
  }

  private final ObjectId pod;
  private final ExitListener listener;
  private final BlockingQueue<Item> queue = new LinkedBlockingQueue<>();

  ExitDelivery(ObjectId pod, ExitListener listener) {
    this.pod = pod;
    this.listener = listener;
    Thread.ofVirtual().name("exits-" + pod.shortHex()).start(this::deliver);
  }

  void exited(Frame frame) {
    queue.add(new Item.Exit(frame));
  }

  /**
   * @param gone true if the monitor ended the connection, not we
   */
  void ended(boolean gone) {
    queue.add(new Item.Last(gone));
  }

  private void deliver() {
    try {
      while (true) {
        switch (queue.take()) {
          case Item.Exit exit -> tell(exit.frame());
          case Item.Last last -> {
            if (last.gone()) {
              listener.monitorGone(pod);
            }
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(Frame frame) {
    FieldReader in = frame.fields();
    long sequence = 0;
    String container = "";
    int exitCode = 0;
    long finishedAtNs = 0;
    while (in.next()) {
      switch (in.tag()) {
        case 1 -> sequence = in.number();
        case 2 -> container = in.text();
        case 3 -> exitCode = in.number(0, 255);
        case 4 -> finishedAtNs = in.number();
        default -> {}
      }
    }
    try {
      listener.exited(sequence, new ObjectId(container), exitCode, finishedAtNs);
    } catch (RuntimeException e) {
      // Not acknowledged, so it comes again with the next connection; the exits after it must not wait for that.
      LOG.error("The exit of container {} in pod {} could not be taken in", container, pod.shortHex(), e);
    }
  }
}
