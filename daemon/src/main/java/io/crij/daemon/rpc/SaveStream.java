package io.crij.daemon.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client that is sent an archive: it is written on a thread of its own, and only as fast as the client reads. */
final class SaveStream {
  private static final Logger LOG = LoggerFactory.getLogger("io.crij.rpc");
  private static final String RPC = "Save";
  private static final int PIECE_BYTES = 256 << 10;

  /** Writes the archive. */
  interface Work {
    void run(OutputStream out) throws Exception;
  }

  private final ServerCallStreamObserver<BytesValue> out;
  private final Semaphore ready = new Semaphore(0);
  private volatile boolean left;

  private SaveStream(ServerCallStreamObserver<BytesValue> out) {
    this.out = out;
  }

  /** Returns at once; must be called on the call's own thread, before anything is sent. */
  static void begin(ServerCallStreamObserver<BytesValue> out, Work work) {
    SaveStream stream = new SaveStream(out);
    out.setOnCancelHandler(stream::leave);
    out.setOnReadyHandler(stream.ready::release);
    Thread.ofVirtual().name("save").start(() -> stream.run(work));
  }

  private void leave() {
    left = true;
    ready.release();
  }

  private void run(Work work) {
    long began = System.nanoTime();
    try {
      Pieces pieces = new Pieces();
      work.run(pieces);
      pieces.flush();
      LOG.info("{} ok, {} bytes in {} ms", RPC, pieces.sent, (System.nanoTime() - began) / 1_000_000);
      out.onCompleted();
    } catch (Throwable e) {
      // Throwable: a client that waits must hear of an Error too, else it waits for ever.
      Refusal refusal = Refusal.of(RPC, e);
      if (left) {
        LOG.info("{} was given up by its client", RPC);
        return;
      }
      if (refusal.incident() == null) {
        LOG.info("{} ended: {}", RPC, refusal.status().getDescription());
      } else {
        LOG.error("{} ended, incident {}: {}", RPC, refusal.incident(), refusal.status().getDescription(), e);
      }
      out.onError(refusal.status().asRuntimeException());
    }
  }

  private void send(byte[] bytes, int length) throws IOException {
    while (!out.isReady()) {
      if (left) {
        throw new InterruptedIOException("the client left");
      }
      try {
        ready.acquire();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the daemon stops");
      }
      ready.drainPermits();
    }
    out.onNext(BytesValue.of(ByteString.copyFrom(bytes, 0, length)));
  }

  /** Whole messages. */
  private final class Pieces extends OutputStream {
    private final byte[] piece = new byte[PIECE_BYTES];
    private int filled;
    private long sent;

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      int done = 0;
      while (done < length) {
        int count = Math.min(length - done, PIECE_BYTES - filled);
        System.arraycopy(from, offset + done, piece, filled, count);
        filled += count;
        done += count;
        if (filled == PIECE_BYTES) {
          flush();
        }
      }
    }

    @Override
    public void flush() throws IOException {
      if (filled > 0) {
        send(piece, filled);
        sent += filled;
        filled = 0;
      }
    }
  }
}
