package io.crij.daemon.rpc;

import com.google.protobuf.MessageLite;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Which calls of clients go on, and which failed lately. Also hands each call that ended to a meter. */
public final class Calls implements ServerInterceptor {
  /** So many different failures are remembered; one that repeats is one. */
  private static final int FAILURES = 128;

  private static final Status LEFT = Status.CANCELLED.withDescription("The client left before its request was whole.");
  private static final Status TOO_LARGE =
      Status.RESOURCE_EXHAUSTED.withDescription(
          "The request was refused unread: it is larger than 16 MiB, or those that were under way at the same time were too large together.");

  private final Set<Tracked> underway = ConcurrentHashMap.newKeySet();
  private final Map<Failure.Key, Failure> failures = new LinkedHashMap<>();
  private final Meter meter;

  /** Hears of each call that ended; must not wait. */
  @FunctionalInterface
  public interface Meter {
    /** @param streaming whether it lasted as long as its client wanted, so that its time means nothing */
    void ended(String rpc, String code, long nanos, boolean streaming);
  }

  /**
   * A call that goes on.
   *
   * @param pod id, or {@code namespace/name} before there is one; null if it is about none, like the others
   * @param clientGone whether nobody waits for its answer any more
   */
  public record Underway(
      String rpc, @Nullable String pod, @Nullable String container, @Nullable String image, Instant began, long nanos, boolean clientGone) {}

  /**
   * A call that failed, once or again and again.
   *
   * @param code of gRPC, in upper case
   */
  public record Failure(Key what, String code, Instant first, Instant last, long times) {
    public record Key(String rpc, @Nullable String pod, @Nullable String container, @Nullable String image, String message) {}

    private Failure again() {
      return new Failure(what, code, first, Instant.now(), times + 1);
    }
  }

  private static final class Tracked {
    final String rpc;
    final Instant began = Instant.now();
    final long ticks = System.nanoTime();
    final AtomicBoolean ended = new AtomicBoolean();
    volatile Subject subject = new Subject(null, null, null);
    volatile boolean handled;
    volatile boolean clientGone;

    Tracked(String rpc) {
      this.rpc = rpc;
    }

    Underway now() {
      return new Underway(rpc, subject.pod(), subject.container(), subject.image(), began, System.nanoTime() - ticks, clientGone);
    }
  }

  public Calls(Meter meter) {
    this.meter = meter;
  }

  /** The calls that go on, without those that last as long as a client wants; the longest first. */
  public List<Underway> underway() {
    return underway.stream().map(Tracked::now).sorted(Comparator.comparingLong(Underway::nanos).reversed()).toList();
  }

  /** What failed lately, the last failure first. */
  public List<Failure> failures() {
    synchronized (failures) {
      return new ArrayList<>(failures.values()).reversed();
    }
  }

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    MethodDescriptor<Q, S> method = call.getMethodDescriptor();
    if (String.valueOf(method.getServiceName()).startsWith("crij.")) {
      return next.startCall(call, headers); // who asks for the calls is not to find the own one among them
    }
    boolean streaming = !method.getType().serverSendsOneMessage();
    RequestBudget.Receiving receiving = RequestBudget.RECEIVING.get();
    Tracked mine = new Tracked(String.valueOf(method.getBareMethodName()));
    if (!streaming) {
      underway.add(mine);
    }
    ServerCall<Q, S> watched =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            end(mine, status, streaming);
            super.close(status, trailers);
          }
        };
    return new SimpleForwardingServerCallListener<>(next.startCall(watched, headers)) {
      @Override
      public void onMessage(Q message) {
        if (message instanceof MessageLite request) {
          mine.subject = Subject.of(request);
        }
        super.onMessage(message);
      }

      @Override
      public void onHalfClose() {
        mine.handled = true;
        super.onHalfClose();
      }

      @Override
      public void onCancel() {
        mine.clientGone = true;
        // The work of a call goes on without its client, and closes it. One without work is over now.
        if (streaming || !mine.handled) {
          end(mine, mine.handled ? Status.CANCELLED : refusal(receiving), streaming);
        }
        super.onCancel();
      }
    };
  }

  /** What refuses a request before it is taken stands before us, and tells gRPC alone. */
  private static Status refusal(RequestBudget.@Nullable Receiving receiving) {
    Status end = receiving == null ? null : receiving.end();
    if (end == null || end.getCode() != Status.Code.RESOURCE_EXHAUSTED) {
      return LEFT;
    }
    return end.getDescription() == null ? TOO_LARGE : end;
  }

  private void end(Tracked call, Status status, boolean streaming) {
    if (!call.ended.compareAndSet(false, true)) {
      return;
    }
    underway.remove(call);
    meter.ended(call.rpc, status.getCode().name(), System.nanoTime() - call.ticks, streaming);
    if (isNews(call.rpc, status) && !streaming) {
      remember(call, status);
    }
  }

  /** kubelet asks for the status of what it has just removed, and for calls that a runtime may lack; neither is a trouble. */
  private static boolean isNews(String rpc, Status status) {
    return switch (status.getCode()) {
      case OK, UNIMPLEMENTED -> false;
      case NOT_FOUND -> !rpc.endsWith("Status") && !rpc.endsWith("Stats");
      default -> true;
    };
  }

  private void remember(Tracked call, Status status) {
    Subject subject = call.subject;
    String message = status.getDescription() == null ? "" : status.getDescription();
    Failure.Key key = new Failure.Key(call.rpc, subject.pod(), subject.container(), subject.image(), message);
    synchronized (failures) {
      Failure before = failures.remove(key); // to stand at the end again
      failures.put(key, before != null ? before.again() : new Failure(key, status.getCode().name(), Instant.now(), Instant.now(), 1));
      if (failures.size() > FAILURES) {
        failures.remove(failures.keySet().iterator().next());
      }
    }
  }
}
