package io.crij.daemon.stream.wire;

import java.io.IOException;

/** The client has closed its connection, or reset the stream; nothing more comes or goes. */
public final class ClientGone extends IOException {
  private static final long serialVersionUID = 1;

  public ClientGone(String message) {
    super(message);
  }
}
