package io.crij.daemon.rpc;

import com.google.protobuf.MessageLite;
import io.crij.core.Journal;
import io.crij.daemon.trace.Span;
import io.crij.daemon.trace.Traceparent;
import io.crij.daemon.trace.Traces;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Makes a span of each call that its client traces, below the client's own: kubelet sends where it stands with every call when its tracing is on.
 * Of the other calls some begin traces, if that was configured.
 */
public final class TracedCalls implements ServerInterceptor {
  static final Metadata.Key<String> TRACEPARENT = Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

  private static final int ERROR_CHARACTERS = 1000;

  private final Traces traces;
  private final ServerInterceptor inner;

  /** @param inner comes behind this */
  public TracedCalls(Traces traces, ServerInterceptor inner) {
    this.traces = traces;
    this.inner = inner;
  }

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    ServerCallHandler<Q, S> rest = (inside, metadata) -> inner.interceptCall(inside, metadata, next);
    String header = headers.get(TRACEPARENT);
    Optional<Traceparent> client = header == null ? Optional.empty() : Traceparent.parse(header);
    boolean traced = client.map(Traceparent::sampled).orElseGet(traces::beginsTrace);
    String rpc = String.valueOf(call.getMethodDescriptor().getBareMethodName());
    // A stream of events has no end that would say anything, and our own questions are nobody's work.
    if (!traced || rpc.equals("GetContainerEvents") || call.getMethodDescriptor().getFullMethodName().startsWith("crij.")) {
      return rest.startCall(call, headers);
    }
    return new Watched<>(call, client, rpc).begin(headers, rest);
  }

  private final class Watched<Q, S> extends SimpleForwardingServerCall<Q, S> {
    private final String rpc;
    private final Traceparent place;
    private final String parent;
    private final Instant began = Instant.now();
    private final long ticks = System.nanoTime();
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile Subject subject = new Subject(null, null, null);

    Watched(ServerCall<Q, S> call, Optional<Traceparent> client, String rpc) {
      super(call);
      this.rpc = rpc;
      this.place = client.map(Traceparent::next).orElseGet(traces::begin);
      this.parent = client.map(Traceparent::spanId).orElse("");
    }

    ServerCall.Listener<Q> begin(Metadata headers, ServerCallHandler<Q, S> next) {
      Context context = Context.current().withValue(CallTrace.KEY, new CallTrace(place.toString(), part()));
      return new SimpleForwardingServerCallListener<>(Contexts.interceptCall(context, this, headers, next)) {
        @Override
        public void onMessage(Q message) {
          if (message instanceof MessageLite request) {
            subject = Subject.of(request);
          }
          super.onMessage(message);
        }

        @Override
        public void onCancel() {
          end(Status.CANCELLED.withDescription("The client left."));
          super.onCancel();
        }
      };
    }

    @Override
    public void close(Status status, Metadata trailers) {
      end(status);
      super.close(status, trailers);
    }

    private Journal.Parts part() {
      return (name, beganTicks, failed) -> {
        long from = Span.nanos(began) + beganTicks - ticks;
        traces.add(
            new Span(place.next(), place.spanId(), name, false, from, Span.nanos(began) + System.nanoTime() - ticks, Map.of(), failed ? "it failed" : null));
      };
    }

    private void end(Status status) {
      if (ended.compareAndSet(false, true)) {
        traces.add(
            new Span(place, parent, getMethodDescriptor().getFullMethodName(), true, Span.nanos(began), Span.nanos(began) + System.nanoTime() - ticks, attributes(status), error(status)));
      }
    }

    private Map<String, Object> attributes(Status status) {
      Map<String, Object> attributes = new HashMap<>();
      attributes.put("rpc.system", "grpc");
      attributes.put("rpc.service", String.valueOf(getMethodDescriptor().getServiceName()));
      attributes.put("rpc.method", rpc);
      attributes.put("rpc.grpc.status_code", status.getCode().value());
      Subject about = subject;
      put(attributes, "container.id", about.container());
      put(attributes, "container.image.name", about.image());
      String pod = about.pod();
      int slash = pod == null ? -1 : pod.indexOf('/');
      if (pod != null && slash >= 0) {
        attributes.put("k8s.namespace.name", pod.substring(0, slash));
        attributes.put("k8s.pod.name", pod.substring(slash + 1));
      } else {
        put(attributes, "crij.sandbox.id", pod);
      }
      return attributes;
    }
  }

  private static void put(Map<String, Object> attributes, String key, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      attributes.put(key, value);
    }
  }

  /** What kubelet asks for and is not there is no error of a call, as in the errors that are remembered. */
  private static @Nullable String error(Status status) {
    if (status.isOk() || status.getCode() == Status.Code.NOT_FOUND || status.getCode() == Status.Code.UNIMPLEMENTED) {
      return null;
    }
    String words = status.getDescription() == null ? status.getCode().name() : status.getDescription();
    return words.length() <= ERROR_CHARACTERS ? words : words.substring(0, ERROR_CHARACTERS) + "…";
  }
}
