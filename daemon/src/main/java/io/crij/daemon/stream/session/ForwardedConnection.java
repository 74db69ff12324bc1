package io.crij.daemon.stream.session;

import io.crij.core.CriException;
import io.crij.daemon.stream.wire.ClientGone;
import io.crij.daemon.stream.wire.ClientStream;
import io.crij.helper.ForwardedPort;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One TCP connection to a port in a pod, between a data stream and an error stream of the client. */
public final class ForwardedConnection {
  /** Connects to the port. */
  @FunctionalInterface
  public interface Opener {
    /** @throws CriException with a message for the client */
    ForwardedPort open();
  }

  private static final Logger LOG = LoggerFactory.getLogger("io.crij.stream");

  private final ClientStream data;
  private final ClientStream error;
  private final String name;

  /** @param name pod and port, for the log */
  public ForwardedConnection(ClientStream data, ClientStream error, String name) {
    this.data = data;
    this.error = error;
    this.name = name;
  }

  /**
   * Runs it on a thread of its own.
   *
   * @param interrupted what is to become of the client then
   */
  public Thread start(Opener opener, Runnable interrupted) {
    return Thread.ofVirtual()
        .name("stream-forward")
        .start(
            () -> {
              try {
                run(opener);
              } catch (InterruptedException e) {
                interrupted.run();
              }
            });
  }

  /** Returns when both directions have ended. A connection that fails ends its own two streams and nothing else. */
  public void run(Opener opener) throws InterruptedException {
    error.ignoreInput();
    try (ForwardedPort port = opener.open()) {
      // The client may have said its last and left, while the program keeps silent.
      data.whenLost(() -> close(port));
      Thread upward = Thread.ofVirtual().name("stream-forward").start(() -> upward(port));
      downward(port);
      // Clients end both streams once they have seen this; a client that goes on sending is still served.
      error.finish();
      upward.join();
    } catch (CriException e) {
      LOG.info("{}: {}", name, e.getMessage());
      refuse(e.getMessage());
    } catch (IOException e) {
      LOG.debug("{}: not closed: {}", name, e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("{} failed", name, e);
      refuse(name + " failed inside the runtime; the daemon's log has the details.");
    }
  }

  private void refuse(String why) {
    try {
      error.write(ByteBuffer.wrap(why.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      LOG.debug("{}: the error could not be told: {}", name, e.getMessage());
    }
    error.finish();
    data.ignoreInput();
    data.finish();
  }

  private void upward(ForwardedPort port) {
    CopyBuffer buffer = new CopyBuffer();
    try {
      while (data.read(buffer.empty()) >= 0) {
        ByteBuffer bytes = buffer.content();
        while (bytes.hasRemaining()) {
          port.write(bytes);
        }
      }
      port.shutdownOutput();
    } catch (ClientGone e) {
      close(port);
    } catch (IOException e) {
      LOG.debug("{}: the program in the pod takes no more: {}", name, e.getMessage());
    }
    data.ignoreInput();
  }

  private void downward(ForwardedPort port) {
    CopyBuffer buffer = new CopyBuffer();
    try {
      while (port.read(buffer.empty()) >= 0) {
        data.write(buffer.content());
      }
      data.finish();
    } catch (ClientGone e) {
      close(port);
    } catch (IOException e) {
      LOG.debug("{}: the connection broke: {}", name, e.getMessage());
      data.reset();
    }
  }

  private void close(ForwardedPort port) {
    try {
      port.close();
    } catch (IOException e) {
      LOG.debug("{}: not closed: {}", name, e.getMessage());
    }
  }
}
