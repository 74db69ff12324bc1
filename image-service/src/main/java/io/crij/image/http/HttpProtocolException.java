package io.crij.image.http;

import java.io.IOException;

/** A server sends what is no HTTP, or more of it than is read. */
public final class HttpProtocolException extends IOException {
  private static final long serialVersionUID = 1;

  /** @param what continues "the server …" */
  HttpProtocolException(String what) {
    super(what);
  }
}
