package io.crij.daemon.stream.websocket;

import java.util.Optional;
import java.util.stream.Stream;

/** The kinds of frames of RFC 6455, section 5.2. */
enum Opcode {
  CONTINUATION(0x0),
  TEXT(0x1),
  BINARY(0x2),
  CLOSE(0x8),
  PING(0x9),
  PONG(0xA);

  private final int code;

  Opcode(int code) {
    this.code = code;
  }

  static Optional<Opcode> of(int code) {
    return Stream.of(values()).filter(opcode -> opcode.code == code).findFirst();
  }

  int code() {
    return code;
  }

  boolean isControl() {
    return code >= 0x8;
  }
}
