package io.crij.daemon.rpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What requests that are being received and served may take together. gRPC bounds one message and not their number: a hundred of 16 MiB
 * would fill the heap before a method of ours is called. Bytes are counted as they come, and a request above the budget is refused with
 * RESOURCE_EXHAUSTED while the others go on.
 */
final class RequestBudget extends ServerStreamTracer.Factory {
  /** A request up to here is always taken: those of kubelet are some kilobytes, and they must get through. */
  static final int SMALL_BYTES = 64 << 10;

  private static final Logger LOG = LoggerFactory.getLogger(RequestBudget.class);

  private final long limit;
  private final AtomicLong used = new AtomicLong();

  /** @param limit bytes of all requests together, beyond what is small of each */
  RequestBudget(long limit) {
    this.limit = limit;
  }

  /** Bytes that are counted now. */
  long used() {
    return used.get();
  }

  /** Whether there was room for so many bytes more, which are counted then until {@link #give}. */
  boolean take(long bytes) {
    boolean fits = bytes == 0 || used.addAndGet(bytes) <= limit;
    if (!fits) {
      used.addAndGet(-bytes);
    }
    return fits;
  }

  void give(long bytes) {
    used.addAndGet(-bytes);
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    return new Call(method);
  }

  /** How a call ended that was refused before its request was whole; for those who only hear that it is over. */
  static final Context.Key<Receiving> RECEIVING = Context.key("receiving");

  /** A request that is being received. */
  interface Receiving {
    /** The status that gRPC, or {@link #refuse}, gave the call; null while it goes on. */
    @Nullable Status end();

    void refuse(Status status);
  }

  /** One call. Its methods are called by the connection's thread, its end by any. */
  private final class Call extends ServerStreamTracer implements Receiving {
    private volatile @Nullable Status end;

    private final String method;
    private long message;
    private long counted;
    private boolean closed;

    Call(String method) {
      this.method = method;
    }

    /** A message of a stream begins: those before it were handed over and used. */
    @Override
    public synchronized void inboundMessage(int number) {
      message = 0;
      giveBack();
    }

    @Override
    public synchronized void inboundWireSize(long bytes) {
      message += bytes;
      long due = Math.max(0, message - SMALL_BYTES) - counted;
      if (due <= 0 || closed) {
        return;
      }
      counted += due;
      if (used.addAndGet(due) > limit) {
        giveBack();
        closed = true;
        LOG.warn("{} is refused: requests of more than {} MiB are under way at the same time", method, limit >> 20);
        throw Status.RESOURCE_EXHAUSTED
            .withDescription("The requests that the runtime is receiving are larger than " + (limit >> 20) + " MiB together: try again when others are done.")
            .asRuntimeException();
      }
    }

    @Override
    public Context filterContext(Context context) {
      return context.withValue(RECEIVING, this);
    }

    @Override
    public @Nullable Status end() {
      return end;
    }

    @Override
    public void refuse(Status status) {
      end = status;
    }

    @Override
    public synchronized void streamClosed(Status status) {
      end = end == null ? status : end;
      closed = true;
      giveBack();
    }

    private void giveBack() {
      used.addAndGet(-counted);
      counted = 0;
    }
  }
}
