package io.crij.daemon.rpc;

import com.google.protobuf.MessageLite;
import io.crij.core.Journal;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.event.Level;

/** One unary call from request to answer: names in the MDC, one log line with its milliseconds, and the status. */
final class Edge {
  private static final Logger LOG = LoggerFactory.getLogger("io.crij.rpc");

  /** What the call is to the log and to a client that leaves. */
  enum Kind {
    /** Polled each second by kubelet: logged at debug. */
    READ,
    /** Goes on when the client leaves; a retry joins it. */
    CHANGE,
    /** Stops when the client leaves. */
    WHILE_WANTED
  }

  private Edge() {}

  static <Q extends MessageLite, S extends MessageLite> void answer(
      String rpc, Kind kind, Q request, StreamObserver<S> out, Operation<Q, S> operation) {
    Subject subject = Subject.of(request);
    long began = System.nanoTime();
    put("pod", subject.pod());
    put("container", subject.container());
    put("image", subject.image());
    CallTrace trace = CallTrace.current();
    put(Journal.TRACE, trace == null ? null : trace.header());
    // Without a handler of its own gRPC throws from onNext when the client has left.
    ((ServerCallStreamObserver<S>) out).setOnCancelHandler(() -> {});
    try {
      Operation<Q, S> work = trace == null ? operation : wanted -> Journal.under(trace.parts(), () -> operation.run(wanted));
      S response = kind == Kind.WHILE_WANTED ? whileWanted(work, request) : work.run(request);
      Level level = kind == Kind.READ ? Level.DEBUG : Level.INFO;
      LOG.atLevel(level).log("{} ok{} in {} ms", rpc, made(subject, response), millis(began));
      out.onNext(response);
      out.onCompleted();
    } catch (Throwable failure) {
      refuse(rpc, out, failure, began);
    } finally {
      MDC.clear();
    }
  }

  /**
   * A list as a stream: one snapshot of it, in parts.
   *
   * @param list makes the whole list
   * @param wrap makes the message that carries one part
   */
  static <Q extends MessageLite, T extends MessageLite, S extends MessageLite> void stream(
      String rpc, Q request, StreamObserver<S> out, Operation<Q, List<T>> list, Function<List<T>, S> wrap) {
    long began = System.nanoTime();
    ((ServerCallStreamObserver<S>) out).setOnCancelHandler(() -> {});
    try {
      List<T> items = list.run(request);
      LOG.debug("{} ok, {} items in {} ms", rpc, items.size(), millis(began));
      Parts.each(items, part -> out.onNext(wrap.apply(part)));
      out.onCompleted();
    } catch (Throwable failure) {
      refuse(rpc, out, failure, began);
    }
  }

  /** For RPCs that this version does not serve. */
  static void unimplemented(String rpc, String sentence, StreamObserver<?> out) {
    LOG.debug("{} is not served", rpc);
    out.onError(Status.UNIMPLEMENTED.withDescription(sentence).asRuntimeException());
  }

  private static <Q, S> S whileWanted(Operation<Q, S> operation, Q request) throws Exception {
    Interruption interruption = new Interruption(Thread.currentThread());
    Context context = Context.current();
    context.addListener(interruption, Runnable::run);
    try {
      return operation.run(request);
    } finally {
      context.removeListener(interruption);
      interruption.end();
    }
  }

  private static void refuse(String rpc, StreamObserver<?> out, Throwable failure, long began) {
    Refusal refusal = Refusal.of(rpc, failure);
    Status status = refusal.status();
    String code = status.getCode().name().toLowerCase(Locale.ROOT);
    if (refusal.incident() == null) {
      LOG.info("{} {} in {} ms: {}", rpc, code, millis(began), status.getDescription());
    } else {
      LOG.error("{} {} in {} ms, incident {}: {}", rpc, code, millis(began), refusal.incident(), status.getDescription(), failure);
    }
    out.onError(status.asRuntimeException());
  }

  /** The id that a call made, which its request could not name. */
  private static String made(Subject subject, MessageLite response) {
    Subject result = Subject.of(response);
    String pod = subject.pod() != null && subject.pod().equals(result.pod()) ? null : result.pod();
    return new Subject(pod, result.container(), null).words();
  }

  private static long millis(long began) {
    return (System.nanoTime() - began) / 1_000_000;
  }

  private static void put(String key, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      MDC.put(key, value);
    }
  }
}
