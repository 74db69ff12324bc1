package io.crij.image.registry;

import io.crij.image.http.HttpAnswer;
import java.io.IOException;
import java.io.InputStream;

/**
 * Bytes of a blob as one server sends them. Size and digest are the reader's to check. A failure is a {@link RegistryException}; the
 * reader may then open the blob again where it stopped, and the client asks the server that is best then. Not thread-safe.
 */
final class BlobBody extends InputStream {
  private final HttpAnswer answer;
  private final String host;
  private final String server;
  private final ServerHealth health;

  /** @param server whose health a failure counts against */
  BlobBody(HttpAnswer answer, String host, String server, ServerHealth health) {
    this.answer = answer;
    this.host = host;
    this.server = server;
    this.health = health;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    try {
      return answer.body().read(into, from, length);
    } catch (IOException e) {
      IOException meaning = RegistryTransport.broken(e, host);
      health.failed(server, java.time.Duration.ZERO);
      throw meaning;
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public void close() {
    answer.close();
  }
}
