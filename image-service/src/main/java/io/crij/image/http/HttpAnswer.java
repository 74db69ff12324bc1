package io.crij.image.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** What a server answered. Closing it frees the connection for the next request, or ends it if the body was not read. */
public final class HttpAnswer implements Closeable {
  /** A rest that is read for the sake of the connection. */
  private static final int REST_MAX = 16 << 10;

  private final int status;
  private final HttpHeaders headers;
  private final long length;
  private final InputStream body;
  private final End end;

  /** What happens to the connection. */
  interface End {
    /** The answer was closed; {@code whole} if its body was read to the end. */
    void over(boolean whole);
  }

  HttpAnswer(int status, HttpHeaders headers, long length, InputStream body, End end) {
    this.status = status;
    this.headers = headers;
    this.length = length;
    this.body = body;
    this.end = end;
  }

  public int status() {
    return status;
  }

  public HttpHeaders headers() {
    return headers;
  }

  /** Bytes of the body, or -1 if the server did not say. */
  public long length() {
    return length;
  }

  /** It throws if the connection ends before the body does. */
  public InputStream body() {
    return body;
  }

  @Override
  public void close() {
    boolean whole = false;
    try {
      // A stream that says how far it is at its end needs no read, and one of unknown length is not worth the wait.
      if (length >= 0 && length <= REST_MAX) {
        whole = body.readNBytes(REST_MAX + 1).length <= REST_MAX;
      } else {
        whole = body instanceof HttpReader.Body known && known.isAtEnd();
      }
    } catch (IOException e) {
      whole = false;
    } finally {
      end.over(whole);
    }
  }
}
