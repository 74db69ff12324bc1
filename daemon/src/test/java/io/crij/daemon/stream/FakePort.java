package io.crij.daemon.stream;

import io.crij.helper.ForwardedPort;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;

/** The program behind a port, played by the test. */
final class FakePort implements ForwardedPort {
  /** From the client to the program. */
  final BytePipe up = new BytePipe();

  /** From the program to the client. */
  final BytePipe down = new BytePipe();

  final CountDownLatch closed = new CountDownLatch(1);

  @Override
  public int read(ByteBuffer into) throws IOException {
    return down.read(into);
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    return up.write(from);
  }

  @Override
  public void shutdownOutput() {
    up.close();
  }

  @Override
  public boolean isOpen() {
    return closed.getCount() > 0;
  }

  @Override
  public void close() {
    // As a socket's: what was written is still delivered.
    up.close();
    down.breakOff();
    closed.countDown();
  }
}
