package io.crij.daemon.stream.wire;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One stream to a client, for plain blocking code on virtual threads: at most one thread reads and one writes at a time.
 * Blocked calls end with {@link ClientGone} when the connection or the stream ends.
 */
public interface ClientStream {
  /**
   * Waits for bytes.
   *
   * @return how many were read, at least 1; -1 after the client has said that no more come
   * @throws ClientGone if the stream was reset or the connection lost
   */
  int read(ByteBuffer into) throws IOException;

  /**
   * Writes all of {@code from}, waiting while the client does not take it.
   *
   * @throws ClientGone if the stream was reset or the connection lost
   */
  void write(ByteBuffer from) throws IOException;

  /** No more is written; what was, still arrives. Does nothing the second time, or when the stream has ended. */
  void finish();

  /** Whatever the client has sent and still sends is dropped; for streams that only go to the client. */
  void ignoreInput();

  /**
   * Runs {@code action} on a thread of its own when the client resets the stream or is gone, or at once if that was before: for who
   * waits for something else than this client. Only one.
   */
  void whenLost(Runnable action);

  /** Ends both directions at once; bytes under way may be lost. */
  void reset();
}
