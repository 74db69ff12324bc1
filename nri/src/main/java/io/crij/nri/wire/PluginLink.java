package io.crij.nri.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.crij.nri.wire.proto.Request;
import io.crij.nri.wire.proto.Response;
import io.crij.nri.wire.proto.Status;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Calls a plugin and is called by it. */
public final class PluginLink implements Closeable {
  /** Calls of the plugin that are served at one time. */
  private static final int SERVED_AT_ONCE = 8;

  /** Serves the calls of the plugin, each on a thread of its own. */
  public interface Service {
    /**
     * @param service the full name
     * @return the answer as protobuf
     * @throws CallRefused what the plugin is told
     */
    byte[] serve(String service, String method, ByteString payload) throws CallRefused;

    /** The answer to a call is out: what the plugin hears from now on comes behind it. Not told when the plugin has gone. */
    default void answered(String service, String method) {}
  }

  private final ThreadFactory threads;
  private final Service service;
  private final Consumer<String> onEnd;
  private final Trunk trunk;
  private final Map<Integer, CompletableFuture<Response>> waiting = new ConcurrentHashMap<>();
  private final Semaphore serving = new Semaphore(SERVED_AT_ONCE);
  private final Object order = new Object();
  private int nextStream = 1;
  private int lastServed;
  private volatile @Nullable String endedWhy;

  /**
   * @param channel in blocking mode; from here on this object's
   * @param onEnd told once, with the reason, when the connection is over, whoever ended it; must not block
   */
  public PluginLink(SocketChannel channel, ThreadFactory threads, Service service, Consumer<String> onEnd) {
    this.threads = threads;
    this.service = service;
    this.onEnd = onEnd;
    this.trunk = new Trunk(channel, threads, new Incoming());
  }

  /** From here on the plugin is listened to. */
  public void open() {
    trunk.start();
  }

  /** Why the connection is over; null while it is not. */
  public @Nullable String endedWhy() {
    return endedWhy;
  }

  /**
   * One call.
   *
   * @param deadline for the answer, counted from now
   * @throws CallRefused if the answer is an error, or the request is longer than 4 MiB
   * @throws CallFailed if there is no answer; the connection is closed then
   */
  public <T> T call(String serviceName, String method, MessageLite request, Parser<T> answer, Duration deadline)
      throws CallRefused, CallFailed {
    byte[] body =
        Request.newBuilder()
            .setService(serviceName)
            .setMethod(method)
            .setPayload(request.toByteString())
            .setTimeoutNano(deadline.toNanos())
            .build()
            .toByteArray();
    if (body.length > TtrpcFrame.MAX_BODY_BYTES) {
      throw new CallRefused(
          CallRefused.RESOURCE_EXHAUSTED,
          "the call is " + body.length + " bytes long, and at most " + TtrpcFrame.MAX_BODY_BYTES + " can be sent");
    }
    CompletableFuture<Response> reply = new CompletableFuture<>();
    int stream = send(body, reply);
    try {
      Response response = reply.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
      if (response.getStatus().getCode() != 0) {
        throw new CallRefused(response.getStatus().getCode(), response.getStatus().getMessage());
      }
      return answer.parseFrom(response.getPayload());
    } catch (TimeoutException e) {
      close();
      throw new CallFailed("it did not answer within " + deadline.toMillis() + " ms");
    } catch (InvalidProtocolBufferException e) {
      close();
      throw new CallFailed("its answer cannot be read: " + e.getMessage());
    } catch (ExecutionException e) {
      throw new CallFailed(why());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw new CallFailed("the call was interrupted");
    } finally {
      waiting.remove(stream);
    }
  }

  /** Streams must go out in the order of their numbers. */
  private int send(byte[] body, CompletableFuture<Response> reply) throws CallFailed {
    synchronized (order) {
      int stream = nextStream;
      nextStream += 2;
      waiting.put(stream, reply);
      try {
        trunk.send(Trunk.PLUGIN_CONNECTION, new TtrpcFrame(stream, TtrpcFrame.Type.REQUEST, body));
      } catch (IOException e) {
        waiting.remove(stream);
        throw new CallFailed(why());
      }
      if (endedWhy != null) {
        // The end may have looked for those who wait before this one was there.
        reply.completeExceptionally(new IOException("ended"));
      }
      return stream;
    }
  }

  private String why() {
    String why = endedWhy;
    return why == null ? "the connection is ending" : why;
  }

  @Override
  public void close() {
    trunk.close();
  }

  private final class Incoming implements Trunk.Receiver {
    @Override
    public void message(int connection, TtrpcFrame frame) throws BrokenProtocol {
      if (connection == Trunk.PLUGIN_CONNECTION) {
        answered(frame);
      } else {
        called(frame);
      }
    }

    @Override
    public void ended(String why) {
      endedWhy = why;
      waiting.values().forEach(reply -> reply.completeExceptionally(new IOException(why)));
      onEnd.accept(why);
    }
  }

  private void answered(TtrpcFrame frame) throws BrokenProtocol {
    if (frame.type() != TtrpcFrame.Type.RESPONSE) {
      throw new BrokenProtocol("a request where only answers are expected");
    }
    // Who waits stays known until it has an answer: if this is none, it is to hear of the end.
    CompletableFuture<Response> reply = waiting.get(frame.stream());
    if (reply == null) {
      return; // too late, or never asked for: nobody waits
    }
    try {
      reply.complete(Response.parseFrom(frame.body()));
    } catch (InvalidProtocolBufferException e) {
      throw new BrokenProtocol("an answer that is no message: " + e.getMessage());
    }
  }

  private void called(TtrpcFrame frame) throws BrokenProtocol {
    if (frame.type() != TtrpcFrame.Type.REQUEST) {
      throw new BrokenProtocol("an answer where only requests are expected");
    }
    if (frame.stream() <= lastServed || frame.stream() % 2 != 1) {
      throw new BrokenProtocol("stream " + frame.stream() + " after stream " + lastServed + "; they must be odd and grow");
    }
    lastServed = frame.stream();
    Request request;
    try {
      request = Request.parseFrom(frame.body());
    } catch (InvalidProtocolBufferException e) {
      throw new BrokenProtocol("a request that is no message: " + e.getMessage());
    }
    if (!serving.tryAcquire()) {
      reply(frame.stream(), refusal(CallRefused.RESOURCE_EXHAUSTED, "more than " + SERVED_AT_ONCE + " calls at one time"));
      return;
    }
    threads
        .newThread(
            () -> {
              try {
                if (reply(frame.stream(), serve(request))) {
                  service.answered(request.getService(), request.getMethod());
                }
              } finally {
                serving.release();
              }
            })
        .start();
  }

  private Response serve(Request request) {
    try {
      byte[] answer = service.serve(request.getService(), request.getMethod(), request.getPayload());
      return Response.newBuilder().setPayload(ByteString.copyFrom(answer)).build();
    } catch (CallRefused e) {
      return refusal(e.code(), e.getMessage());
    } catch (RuntimeException e) {
      return refusal(CallRefused.UNKNOWN, String.valueOf(e.getMessage()));
    }
  }

  private static Response refusal(int code, String message) {
    return Response.newBuilder().setStatus(Status.newBuilder().setCode(code).setMessage(message)).build();
  }

  /** Whether the plugin is still there to take it. */
  private boolean reply(int stream, Response response) {
    byte[] body = response.toByteArray();
    if (body.length > TtrpcFrame.MAX_BODY_BYTES) {
      body = refusal(CallRefused.RESOURCE_EXHAUSTED, "the answer is too long").toByteArray();
    }
    try {
      trunk.send(Trunk.RUNTIME_CONNECTION, new TtrpcFrame(stream, TtrpcFrame.Type.RESPONSE, body));
      return true;
    } catch (IOException e) {
      close(); // the one who asked is gone
      return false;
    }
  }
}
