package io.crij.helper;

import io.crij.core.ObjectId;
import io.crij.helper.wire.FieldReader;
import io.crij.helper.wire.FieldWriter;
import io.crij.helper.wire.Frame;
import io.crij.helper.wire.WireException;
import java.nio.file.Path;

/** The first words of every connection to a monitor. */
final class Greeting {
  private static final int VERSION = 1;

  private Greeting() {}

  static FieldWriter fields() {
    return new FieldWriter().number(1, VERSION);
  }

  /**
   * Reads the reply.
   *
   * @throws MonitorGone if the one who answers is the monitor of another pod
   */
  static Monitor.Hello parse(ObjectId pod, Path socket, Frame reply) {
    FieldReader in = reply.fields();
    int version = 0;
    int pid = 0;
    String answering = "";
    boolean setUp = false;
    int init = 0;
    while (in.next()) {
      switch (in.tag()) {
        case 1 -> version = in.number(0, Integer.MAX_VALUE);
        case 2 -> pid = in.number(0, Integer.MAX_VALUE);
        case 3 -> answering = in.text();
        case 4 -> setUp = in.flag();
        case 5 -> init = in.number(0, Integer.MAX_VALUE);
        default -> {}
      }
    }
    if (!answering.equals(pod.hex())) {
      throw new MonitorGone(pod, new WireException("the monitor of another pod answers at " + socket));
    }
    return new Monitor.Hello(version, pid, pod, setUp, init);
  }
}
