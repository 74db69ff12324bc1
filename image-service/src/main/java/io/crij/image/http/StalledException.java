package io.crij.image.http;

import java.io.IOException;

/** A server took too long, or sends so little that waiting on is no use. */
public final class StalledException extends IOException {
  private static final long serialVersionUID = 1;

  /** @param what continues "the server …" */
  StalledException(String what) {
    super(what);
  }
}
