package io.crij.helper;

import io.crij.helper.wire.FieldReader;
import io.crij.helper.wire.Frame;
import io.crij.helper.wire.MessageType;
import io.crij.helper.wire.WireException;

/** What a reply says about its request. */
final class Replies {
  private Replies() {}

  /**
   * The reply, if it is the expected one.
   *
   * @throws LaunchFailure if it is an error
   * @throws WireException if it answers something else
   */
  static Frame expect(int type, Frame reply) {
    if (reply.type() == MessageType.ERROR) {
      throw failure(reply.fields());
    }
    if (reply.type() != type) {
      throw new WireException("a request of type " + type + " was answered with type " + reply.type());
    }
    return reply;
  }

  private static LaunchFailure failure(FieldReader in) {
    int errno = 0;
    String stage = "crij-pod";
    String what = "";
    int operation = -1;
    while (in.next()) {
      switch (in.tag()) {
        case 1 -> errno = in.number(0, 4096);
        case 2 -> stage = in.text();
        case 3 -> what = in.text();
        case 4 -> operation = in.number(-1, 4096);
        default -> {}
      }
    }
    return new LaunchFailure(errno, stage, what, operation);
  }
}
