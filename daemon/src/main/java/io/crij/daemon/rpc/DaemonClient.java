package io.crij.daemon.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.StringValue;
import io.crij.core.Json;
import io.crij.cri.ImageServiceGrpc;
import io.crij.cri.ImageSpec;
import io.crij.cri.ListImagesRequest;
import io.crij.cri.ListPodSandboxRequest;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RuntimeServiceGrpc;
import io.crij.cri.VersionRequest;
import io.crij.image.SaveImages;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.BlockingClientCall;
import io.grpc.stub.ClientCalls;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A running daemon as the commands of {@code crij} see it. A failure is an IOException with the daemon's sentence. */
public final class DaemonClient implements AutoCloseable {
  private static final int PIECE_BYTES = 256 << 10;

  /** For what is told out of memory. Who asks may do so because the daemon hangs, and must hear of that. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path socket;
  private final EventLoopGroup loops;
  private final ManagedChannel channel;
  private final Duration patience;

  private DaemonClient(Path socket, EventLoopGroup loops, ManagedChannel channel, Duration patience) {
    this.socket = socket;
    this.loops = loops;
    this.channel = channel;
    this.patience = patience;
  }

  /** Connects with the first call. */
  public static DaemonClient of(Path socket) {
    return of(socket, PATIENCE);
  }

  static DaemonClient of(Path socket, Duration patience) {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, Thread.ofPlatform().daemon().name("cri-client").factory(), EpollIoHandler.newFactory());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(loops)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
    return new DaemonClient(socket, loops, channel, patience);
  }

  /** The pulls that run now: objects with {@code image}, {@code started} and {@code layers}. */
  public JsonNode pulls() throws IOException {
    return ask(AdminEndpoint.PULLS, StringValue.getDefaultInstance());
  }

  /** The layers of an image: objects with {@code folder}, {@code diffId}, {@code health} and {@code what}. */
  public JsonNode verify(String image, boolean repair) throws IOException {
    return call(AdminEndpoint.VERIFY, AdminEndpoint.verifyRequest(image, repair));
  }

  /**
   * Asks what kubelet asks all the time, as a client that has just come.
   *
   * @throws IOException if the answers do not come in this time
   */
  public void check(Duration patience) throws IOException {
    try {
      RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime =
          RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
      runtime.version(VersionRequest.getDefaultInstance());
      runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance());
    } catch (StatusRuntimeException e) {
      throw late(e, patience);
    }
  }

  /** How the node is. This and what follows: see the records of {@code io.crij.daemon.report}. */
  public JsonNode status() throws IOException {
    return ask(NodeEndpoint.STATUS, StringValue.getDefaultInstance());
  }

  public JsonNode pods() throws IOException {
    return ask(NodeEndpoint.PODS, StringValue.getDefaultInstance());
  }

  public JsonNode containers() throws IOException {
    return ask(NodeEndpoint.CONTAINERS, StringValue.getDefaultInstance());
  }

  /** @param about an id or its beginning, a name, or namespace/name */
  public JsonNode why(String about) throws IOException {
    return ask(NodeEndpoint.WHY, StringValue.of(about));
  }

  /** @param pod as above */
  public JsonNode timeline(String pod) throws IOException {
    return ask(NodeEndpoint.TIMELINE, StringValue.of(pod));
  }

  /** @param run whether leftovers are removed */
  public JsonNode gc(boolean run) throws IOException {
    return call(NodeEndpoint.GC, StringValue.of(run ? "run" : "explain"));
  }

  /** Pulls without credentials but the node's own; returns the image's id. */
  public String pull(String image) throws IOException {
    try {
      PullImageRequest request = PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(image)).build();
      return ImageServiceGrpc.newBlockingStub(channel).pullImage(request).getImageRef();
    } catch (StatusRuntimeException e) {
      throw late(e, patience);
    }
  }

  /** One name of each image on the node: a tag, else a digest, else its id. */
  public List<String> images() throws IOException {
    try {
      return ImageServiceGrpc.newBlockingStub(channel).listImages(ListImagesRequest.getDefaultInstance()).getImagesList().stream()
          .map(image -> image.getRepoTagsCount() > 0 ? image.getRepoTags(0) : image.getRepoDigestsCount() > 0 ? image.getRepoDigests(0) : image.getId())
          .toList();
    } catch (StatusRuntimeException e) {
      throw failure(e);
    }
  }

  /** Writes images as one archive; a failure may come in the middle of it. */
  public void save(List<String> images, SaveImages.Format format, OutputStream out) throws IOException {
    try {
      StringValue request = AdminEndpoint.saveRequest(images, format);
      Iterator<BytesValue> pieces = ClientCalls.blockingServerStreamingCall(channel, AdminEndpoint.SAVE, CallOptions.DEFAULT, request);
      while (pieces.hasNext()) {
        pieces.next().getValue().writeTo(out);
      }
    } catch (StatusRuntimeException e) {
      throw failure(e);
    }
  }

  /** Takes the images out of an archive: objects with {@code id} and {@code names}. */
  public JsonNode load(InputStream archive) throws IOException, InterruptedException {
    BlockingClientCall<BytesValue, StringValue> call = ClientCalls.blockingClientStreamingCall(channel, AdminEndpoint.LOAD, CallOptions.DEFAULT);
    try {
      byte[] piece = new byte[PIECE_BYTES];
      for (int count = archive.readNBytes(piece, 0, piece.length); count > 0; count = archive.readNBytes(piece, 0, piece.length)) {
        if (!call.write(BytesValue.of(ByteString.copyFrom(piece, 0, count)))) {
          break; // It ended before the archive did: its answer says why.
        }
      }
      call.halfClose();
      StringValue answer = call.read();
      if (answer == null) {
        throw new IOException("the daemon on " + socket + " does not say what it loaded.");
      }
      return Json.OWN.readTree(answer.getValue());
    } catch (StatusException e) {
      throw failure(e.getStatus().asRuntimeException());
    } catch (IOException e) {
      call.cancel("the archive cannot be read", e);
      throw e;
    }
  }

  /** For what the daemon knows; {@link #call} for what it has to work for. */
  private JsonNode ask(MethodDescriptor<StringValue, StringValue> method, StringValue request) throws IOException {
    try {
      CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
      return Json.OWN.readTree(ClientCalls.blockingUnaryCall(channel, method, options, request).getValue());
    } catch (StatusRuntimeException e) {
      throw late(e, patience);
    }
  }

  private JsonNode call(MethodDescriptor<StringValue, StringValue> method, StringValue request) throws IOException {
    try {
      return Json.OWN.readTree(ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request).getValue());
    } catch (StatusRuntimeException e) {
      throw failure(e);
    }
  }

  private IOException late(StatusRuntimeException e, Duration patience) {
    return e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED
        ? new IOException("the daemon on " + socket + " did not answer within " + patience.toMillis() / 1000.0 + " s: it hangs, or this machine is very busy; see its log.", e)
        : failure(e);
  }

  private IOException failure(StatusRuntimeException e) {
    String sentence = e.getStatus().getDescription();
    return switch (e.getStatus().getCode()) {
      case UNAVAILABLE -> sentence != null && sentence.endsWith(".") ? new IOException(sentence, e) : new IOException("no daemon answers on " + socket + "; it would answer root and the groups of socket_gids only.", e);
      case UNIMPLEMENTED -> new IOException("the daemon on " + socket + " does not know this command: it is of another release, or no crij.", e);
      default -> new IOException(sentence == null ? e.getStatus().getCode().name() : sentence, e);
    };
  }

  @Override
  public void close() throws IOException {
    channel.shutdownNow();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
