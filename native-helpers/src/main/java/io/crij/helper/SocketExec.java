package io.crij.helper;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.helper.wire.FieldReader;
import io.crij.helper.wire.Frame;
import io.crij.helper.wire.MessageType;
import io.crij.helper.wire.WireException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An exec over a connection of its own. */
final class SocketExec implements ExecSession, MonitorConnection.Events {
  private static final int STDOUT = 1;

  /** Bytes of an OUT frame's payload that are not output: two headers and a number. */
  private static final int OUT_OVERHEAD = 24;

  private sealed interface Item {
    record Event(Frame frame) implements Item {}

    record Gone() implements Item {}
  }

  private final ObjectId pod;
  private final BlockingQueue<Item> queue = new LinkedBlockingQueue<>();
  private final long maxBytes;
  private long receivedBytes;
  private @Nullable MonitorConnection connection;
  private int pid;

  SocketExec(ObjectId pod, long maxOutputBytes) {
    this.pod = pod;
    // Both streams, each with the one chunk in which the monitor may notice the end.
    this.maxBytes = 2 * (maxOutputBytes + (64 << 10));
  }

  void started(MonitorConnection own, Frame reply) {
    connection = own;
    FieldReader in = reply.fields();
    while (in.next()) {
      if (in.tag() == 1) {
        pid = in.number(0, Integer.MAX_VALUE);
      }
    }
  }

  @Override
  public int pid() {
    return pid;
  }

  @Override
  public int drainTo(OutputSink sink, Duration timeout) throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      Item item = queue.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      switch (item) {
        case null ->
            throw new CriException(
                ErrorCode.DEADLINE_EXCEEDED,
                "The program in a container of pod %s did not end within %d ms."
                    .formatted(pod.shortHex(), timeout.toMillis()));
        case Item.Gone gone -> throw new MonitorGone(pod, null);
        case Item.Event event when event.frame().type() == MessageType.DONE -> {
          return exitCode(event.frame().fields());
        }
        case Item.Event event -> hand(event.frame().fields(), sink);
      }
    }
  }

  @Override
  public void close() {
    MonitorConnection own = connection;
    if (own != null) {
      own.close();
    }
  }

  @Override
  public void event(Frame event) {
    receivedBytes += Math.max(0, event.payload().length - OUT_OVERHEAD);
    if (receivedBytes > maxBytes) {
      throw new WireException("an exec in pod " + pod.shortHex() + " sends more output than was asked for");
    }
    queue.add(new Item.Event(event));
  }

  @Override
  public void ended() {
    queue.add(new Item.Gone());
  }

  private static void hand(FieldReader in, OutputSink sink) {
    int stream = STDOUT;
    byte[] chunk = {};
    while (in.next()) {
      switch (in.tag()) {
        case 1 -> stream = in.number(1, 2);
        case 2 -> chunk = in.bytes();
        default -> {}
      }
    }
    if (stream == STDOUT) {
      sink.stdout(chunk);
    } else {
      sink.stderr(chunk);
    }
  }

  private static int exitCode(FieldReader in) {
    int code = 0;
    while (in.next()) {
      if (in.tag() == 1) {
        code = in.number(0, 255);
      }
    }
    return code;
  }
}
