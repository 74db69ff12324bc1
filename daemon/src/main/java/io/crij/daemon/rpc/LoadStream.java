package io.crij.daemon.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.StringValue;
import io.crij.core.CriException;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client that sends an archive: it is read on a thread of its own, and the client may send only what that thread has room for. */
final class LoadStream implements StreamObserver<BytesValue> {
  private static final Logger LOG = LoggerFactory.getLogger("io.crij.rpc");
  private static final String RPC = "Load";
  /** Messages that may wait here. */
  private static final int WAITING = 4;
  /** One message; those of our own client have 256 KiB. Those that wait are in no {@link RequestBudget}. */
  private static final int PIECE_MAX = 1 << 20;

  /** Reads the archive; returns the answer. */
  interface Work {
    StringValue run(InputStream archive) throws Exception;
  }

  private sealed interface Arrival {}

  private record Bytes(ByteString bytes) implements Arrival {}

  private enum Last implements Arrival {
    END,
    LEFT,
    TOO_LARGE
  }

  private final ServerCallStreamObserver<StringValue> out;
  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
  private final Thread thread;

  private LoadStream(ServerCallStreamObserver<StringValue> out, Work work) {
    this.out = out;
    this.thread = Thread.ofVirtual().name("load").unstarted(() -> run(work));
  }

  /** Must be called on the call's own thread. */
  static StreamObserver<BytesValue> begin(ServerCallStreamObserver<StringValue> out, Work work) {
    LoadStream stream = new LoadStream(out, work);
    out.disableAutoRequest();
    out.setOnCancelHandler(stream::leave);
    stream.thread.start();
    out.request(WAITING);
    return stream;
  }

  @Override
  public void onNext(BytesValue piece) {
    arrivals.add(piece.getValue().size() > PIECE_MAX ? Last.TOO_LARGE : new Bytes(piece.getValue()));
  }

  @Override
  public void onError(Throwable failure) {
    leave();
  }

  @Override
  public void onCompleted() {
    arrivals.add(Last.END);
  }

  private void leave() {
    arrivals.add(Last.LEFT);
    thread.interrupt();
  }

  private void run(Work work) {
    long began = System.nanoTime();
    try {
      StringValue answer = work.run(new Pieces());
      LOG.info("{} ok in {} ms", RPC, (System.nanoTime() - began) / 1_000_000);
      out.onNext(answer);
      out.onCompleted();
    } catch (Throwable e) {
      // Throwable: a client that waits must hear of an Error too, else it waits for ever.
      Refusal refusal = Refusal.of(RPC, e);
      Status status = refusal.status();
      if (refusal.incident() == null) {
        LOG.info("{} ended: {}", RPC, status.getDescription());
      } else {
        LOG.error("{} ended, incident {}: {}", RPC, refusal.incident(), status.getDescription(), e);
      }
      if (!out.isCancelled()) {
        out.onError(status.asRuntimeException());
      }
    }
  }

  private final class Pieces extends InputStream {
    private ByteString piece = ByteString.EMPTY;
    private int at;
    private boolean ended;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      while (!ended && at == piece.size()) {
        next();
      }
      if (ended) {
        return -1;
      }
      int count = Math.min(length, piece.size() - at);
      piece.substring(at, at + count).copyTo(into, offset);
      at += count;
      return count;
    }

    private void next() throws IOException {
      try {
        switch (arrivals.take()) {
          case Bytes bytes -> {
            piece = bytes.bytes();
            at = 0;
            out.request(1);
          }
          case Last last -> {
            if (last == Last.LEFT) {
              throw new InterruptedIOException("the client left");
            }
            if (last == Last.TOO_LARGE) {
              throw CriException.invalid("The archive comes in pieces of more than " + PIECE_MAX + " bytes: send smaller ones.");
            }
            ended = true;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the client left");
      }
    }
  }
}
