package io.crij.helper;

import io.crij.core.ObjectId;
import io.crij.helper.wire.FieldReader;
import io.crij.helper.wire.FieldWriter;
import io.crij.helper.wire.Frame;
import io.crij.helper.wire.MessageType;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The holds of one start, on the thread of whoever asked for it. */
final class HeldStart {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int SIGKILL = 9;

  private final MonitorConnection connection;
  private final HoldListener listener;
  private @Nullable RuntimeException refusal;

  HeldStart(MonitorConnection connection, HoldListener listener) {
    this.connection = connection;
    this.listener = listener;
  }

  /** The process stands still until this returns, and then goes on or is killed: the start's answer tells which. */
  void at(Frame event) {
    HoldListener.Held held = parse(event.fields());
    try {
      listener.held(held);
    } catch (RuntimeException e) {
      refusal = e;
    }
    FieldWriter container = new FieldWriter().text(1, held.container().hex());
    try {
      if (refusal == null) {
        connection.call(MessageType.GO, container, DEADLINE, "let the container go on");
      } else {
        connection.call(MessageType.KILL, container.number(2, SIGKILL), DEADLINE, "end the start");
      }
    } catch (LaunchFailure ended) {
      // It was killed, or stood there for too long, meanwhile: the start's own answer says so.
    }
  }

  /** Why the start failed: the listener's reason, if it had one. */
  RuntimeException reason(LaunchFailure failure) {
    RuntimeException first = refusal;
    if (first == null) {
      return failure;
    }
    first.addSuppressed(failure);
    return first;
  }

  private static HoldListener.Held parse(FieldReader in) {
    String id = "";
    int pid = 0;
    String name = "";
    while (in.next()) {
      switch (in.tag()) {
        case 1 -> id = in.text();
        case 2 -> pid = in.number(1, Integer.MAX_VALUE);
        case 3 -> name = in.text();
        default -> {}
      }
    }
    return new HoldListener.Held(new ObjectId(id), pid, name);
  }
}
