package io.crij.image.registry;

import io.crij.image.http.HttpAnswer;
import java.io.IOException;
import java.io.InputStream;

/**
 * Bytes of a blob as one server sends them. Size and digest are the reader's to check. A failure is a {@link RegistryException}; the
 * reader may then open the blob again where it stopped, and the client asks the server that is best then. Not thread-safe.
 */
public final class BlobBody extends InputStream {
  private final HttpAnswer answer;
  private final RegistryEndpoint endpoint;
  private final ServerHealth health;
  private final boolean ranged;

  BlobBody(HttpAnswer answer, RegistryEndpoint endpoint, ServerHealth health, boolean ranged) {
    this.answer = answer;
    this.endpoint = endpoint;
    this.health = health;
    this.ranged = ranged;
  }

  /** Whether the server sends just the part that was asked for: it then does so for other parts, too. */
  public boolean isRanged() {
    return ranged;
  }

  /** Host and port of the registry or mirror that was asked. */
  public String host() {
    return endpoint.host();
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    try {
      return answer.body().read(into, from, length);
    } catch (IOException e) {
      IOException meaning = RegistryTransport.broken(e, endpoint.host());
      health.failed(endpoint.server(), java.time.Duration.ZERO);
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
