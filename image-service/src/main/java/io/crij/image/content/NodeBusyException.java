package io.crij.image.content;

import java.io.IOException;

/** The node has no memory to spare for this image now; another time it may. */
public final class NodeBusyException extends IOException {
  private static final long serialVersionUID = 1;

  public NodeBusyException(String why) {
    super(why);
  }
}
