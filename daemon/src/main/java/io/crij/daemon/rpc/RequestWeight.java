package io.crij.daemon.rpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.WireFormat;
import io.grpc.BindableService;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Counts the fields of each request before any object is made of it. A field of two bytes becomes objects of a hundred, so that one request of
 * 12 MiB in labels fills the heap though its bytes are within the {@link RequestBudget}.
 */
final class RequestWeight implements ServerInterceptor {
  /** A pod at the limits of Kubernetes has some ten thousand. */
  private static final int FIELDS_MAX = 100_000;
  /** As many as this are not counted, as in {@link RequestBudget#SMALL_BYTES}. */
  private static final int FIELDS_SMALL = 2_000;
  /** Heap for one: two strings, an entry of a map. */
  private static final int FIELD_BYTES = 100;

  private static final int DEPTH_MAX = 100;

  private static final class TooManyException extends IOException {
    private static final long serialVersionUID = 1;
  }

  private final RequestBudget budget;
  private final Map<String, MessageShape> types;

  private RequestWeight(RequestBudget budget, Map<String, MessageShape> types) {
    this.budget = budget;
    this.types = types;
  }

  /**
   * The service, whose requests are counted before they are parsed.
   *
   * @param parsed sees the calls with their messages
   */
  static ServerServiceDefinition before(BindableService service, RequestBudget budget, ServerInterceptor parsed) {
    ServerServiceDefinition definition = ServerInterceptors.intercept(service, parsed);
    MessageShape.Known known = new MessageShape.Known();
    Map<String, MessageShape> types = new HashMap<>();
    for (ServerMethodDefinition<?, ?> method : definition.getMethods()) {
      MethodDescriptor<?, ?> descriptor = method.getMethodDescriptor();
      if (descriptor.getRequestMarshaller() instanceof MethodDescriptor.PrototypeMarshaller<?> marshaller
          && marshaller.getMessagePrototype() instanceof MessageLite prototype) {
        types.put(descriptor.getFullMethodName(), known.of(prototype));
      } else {
        throw new IllegalArgumentException("the requests of " + descriptor.getFullMethodName() + " have no prototype");
      }
    }
    return ServerInterceptors.intercept(ServerInterceptors.useInputStreamMessages(definition), new RequestWeight(budget, types));
  }

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    MessageShape type = Objects.requireNonNull(types.get(call.getMethodDescriptor().getFullMethodName()));
    Answer<Q, S> answer = new Answer<>(call);
    return new Weighed<>(answer, type, next.startCall(answer, headers));
  }

  /** A call that may be refused while somebody still works on it, who closes it again. */
  private static final class Answer<Q, S> extends SimpleForwardingServerCall<Q, S> {
    private final AtomicBoolean closed = new AtomicBoolean();

    Answer(ServerCall<Q, S> call) {
      super(call);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (closed.compareAndSet(false, true)) {
        super.close(status, trailers);
      }
    }
  }

  /** One call. gRPC calls it by one thread at a time. */
  private final class Weighed<Q> extends SimpleForwardingServerCallListener<Q> {
    private final Answer<Q, ?> call;
    private final MessageShape type;
    private long taken;
    private boolean refused;

    Weighed(Answer<Q, ?> call, MessageShape type, ServerCall.Listener<Q> next) {
      super(next);
      this.call = call;
      this.type = type;
    }

    @Override
    public void onMessage(Q message) {
      if (refused) {
        return;
      }
      giveBack();
      try {
        int fields = fields((InputStream) message);
        long bytes = (long) Math.max(0, fields - FIELDS_SMALL) * FIELD_BYTES;
        if (!budget.take(bytes)) {
          refuse("The requests that the runtime is serving have too many fields together: try again when others are done.");
          return;
        }
        taken = bytes;
      } catch (TooManyException e) {
        refuse("The request has more than " + FIELDS_MAX + " fields, and the runtime takes no more: send what it is about only.");
        return;
      } catch (IOException e) {
        taken = 0; // Whoever parses it refuses it in gRPC's own words.
      }
      super.onMessage(message);
    }

    @Override
    public void onHalfClose() {
      if (!refused) {
        super.onHalfClose();
      }
    }

    @Override
    public void onComplete() {
      giveBack();
      if (!refused) {
        super.onComplete();
      }
    }

    @Override
    public void onCancel() {
      giveBack();
      if (!refused) {
        super.onCancel();
      }
    }

    private int fields(InputStream message) throws IOException {
      message.mark(Integer.MAX_VALUE);
      try {
        return count(CodedInputStream.newInstance(message), type, 0, 0);
      } finally {
        message.reset();
      }
    }

    private void refuse(String sentence) {
      refused = true;
      Status status = Status.RESOURCE_EXHAUSTED.withDescription(sentence);
      RequestBudget.Receiving receiving = RequestBudget.RECEIVING.get();
      if (receiving != null) {
        receiving.refuse(status);
      }
      call.close(status, new Metadata());
      super.onCancel(); // for those behind us the client left
    }

    private void giveBack() {
      budget.give(taken);
      taken = 0;
    }
  }

  private static int count(CodedInputStream in, MessageShape type, int before, int depth) throws IOException {
    int fields = before;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (++fields > FIELDS_MAX || depth > DEPTH_MAX) {
        throw new TooManyException();
      }
      int number = WireFormat.getTagFieldNumber(tag);
      switch (WireFormat.getTagWireType(tag)) {
        case WireFormat.WIRETYPE_START_GROUP -> fields = count(in, MessageShape.FLAT, fields, depth + 1); // kept, though nobody knows it
        case WireFormat.WIRETYPE_END_GROUP -> {
          return fields; // whoever parses it refuses one that never began
        }
        case WireFormat.WIRETYPE_LENGTH_DELIMITED -> fields = countWithin(in, type, number, fields, depth);
        default -> in.skipField(tag);
      }
    }
    return fields;
  }

  private static int countWithin(CodedInputStream in, MessageShape type, int number, int before, int depth) throws IOException {
    int fields = before;
    int length = in.readRawVarint32();
    MessageShape part = type.part(number);
    if (part == null && !type.isNumbers(number)) {
      in.skipRawBytes(length);
      return fields;
    }
    int outer = in.pushLimit(length);
    if (part != null) {
      fields = count(in, part, fields, depth + 1);
    } else {
      while (in.getBytesUntilLimit() > 0) {
        in.readRawVarint64();
        if (++fields > FIELDS_MAX) {
          throw new TooManyException();
        }
      }
    }
    in.popLimit(outer);
    return fields;
  }
}
