package io.crij.daemon.trace;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/** OTLP over gRPC, which kubelet speaks too. The connection is made when there is something to send, and again when it broke. */
final class GrpcCollector implements Collector {
  private static final MethodDescriptor<byte[], byte[]> EXPORT =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("opentelemetry.proto.collector.trace.v1.TraceService/Export")
          .setRequestMarshaller(new Bytes())
          .setResponseMarshaller(new Bytes())
          .build();

  private static final int ANSWER_BYTES = 64 << 10;

  private final ManagedChannel channel;

  GrpcCollector(URI endpoint) {
    int port = endpoint.getPort() == -1 ? 4317 : endpoint.getPort();
    NettyChannelBuilder builder =
        NettyChannelBuilder.forTarget("dns:///" + endpoint.getHost() + ":" + port).disableServiceConfigLookUp().maxInboundMessageSize(ANSWER_BYTES);
    if (!endpoint.getScheme().equals("https")) {
      builder.usePlaintext();
    }
    channel = builder.build();
  }

  @Override
  public void send(byte[] request) throws IOException {
    try {
      ClientCalls.blockingUnaryCall(channel, EXPORT, CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS), request);
    } catch (StatusRuntimeException e) {
      throw new IOException(e.getStatus().getCode() + (e.getStatus().getDescription() == null ? "" : ": " + e.getStatus().getDescription()), e);
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  /** Messages as they are. */
  static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw io.grpc.Status.INTERNAL.withDescription("the answer could not be read").withCause(e).asRuntimeException();
      }
    }
  }
}
