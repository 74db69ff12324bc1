package io.crij.nri.wire;

import java.io.IOException;

/** The other side sent what the protocol does not allow; nothing after it on the same socket can be understood. */
public final class BrokenProtocol extends IOException {
  private static final long serialVersionUID = 1;

  BrokenProtocol(String message) {
    super(message);
  }
}
