package io.crij.daemon.rpc;

import com.google.protobuf.BytesValue;
import com.google.protobuf.MessageLite;
import com.google.protobuf.StringValue;
import io.crij.core.CriException;
import io.crij.core.Json;
import io.crij.image.PullProgress;
import io.crij.image.SaveImages;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.lite.ProtoLiteUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code crij images} asks a running daemon, on the socket of the CRI and under its peer check: a service of our own, JSON and
 * archives in and out, for command and daemon of one release.
 */
final class AdminEndpoint implements BindableService {
  private static final String SERVICE = "crij.admin.Images";

  /** Asked with nothing; answers the pulls that run now. */
  static final MethodDescriptor<StringValue, StringValue> PULLS = method("Pulls");
  /** Asked with {@code {"image": NAME, "repair": BOOLEAN}}; answers the layers of the image and how they are. */
  static final MethodDescriptor<StringValue, StringValue> VERIFY = method("Verify");

  /** Asked with {@code {"images": [NAME], "format": "OCI" or "DOCKER"}}; answers the bytes of an archive. */
  static final MethodDescriptor<StringValue, BytesValue> SAVE =
      method("Save", MethodDescriptor.MethodType.SERVER_STREAMING, StringValue.getDefaultInstance(), BytesValue.getDefaultInstance());
  /** Asked with the bytes of an archive; answers a list of {@code {"id": ID, "names": [NAME]}}. */
  static final MethodDescriptor<BytesValue, StringValue> LOAD =
      method("Load", MethodDescriptor.MethodType.CLIENT_STREAMING, BytesValue.getDefaultInstance(), StringValue.getDefaultInstance());

  private record SaveRequest(List<String> images, SaveImages.Format format) {}

  private record VerifyRequest(String image, boolean repair) {}

  private final ImageOperations operations;

  AdminEndpoint(ImageOperations operations) {
    this.operations = operations;
  }

  static StringValue verifyRequest(String image, boolean repair) throws IOException {
    return StringValue.of(Json.OWN.writeValueAsString(new VerifyRequest(image, repair)));
  }

  static StringValue saveRequest(List<String> images, SaveImages.Format format) throws IOException {
    return StringValue.of(Json.OWN.writeValueAsString(new SaveRequest(images, format)));
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder(SERVICE)
        .addMethod(
            PULLS,
            ServerCalls.asyncUnaryCall(
                (request, out) -> Edge.answer("Pulls", Edge.Kind.READ, request, out, q -> json(operations.underway().get().stream().map(AdminEndpoint::words).toList()))))
        .addMethod(VERIFY, ServerCalls.asyncUnaryCall((request, out) -> Edge.answer("Verify", Edge.Kind.CHANGE, request, out, this::verify)))
        .addMethod(
            SAVE,
            ServerCalls.asyncServerStreamingCall(
                (request, out) -> SaveStream.begin((ServerCallStreamObserver<BytesValue>) out, archive -> save(request, archive))))
        .addMethod(
            LOAD,
            ServerCalls.asyncClientStreamingCall(
                out -> LoadStream.begin((ServerCallStreamObserver<StringValue>) out, archive -> json(operations.load().run(archive)))))
        .build();
  }

  private void save(StringValue text, OutputStream archive) throws IOException {
    SaveRequest request;
    try {
      request = Json.OWN.readValue(text.getValue(), SaveRequest.class);
    } catch (IOException e) {
      throw CriException.invalid("Save needs a JSON object with 'images' and 'format'.");
    }
    operations.save().run(request.images(), request.format(), archive);
  }

  private StringValue verify(StringValue text) throws IOException {
    VerifyRequest request;
    try {
      request = Json.OWN.readValue(text.getValue(), VerifyRequest.class);
    } catch (IOException e) {
      throw CriException.invalid("Verify needs a JSON object with 'image' and 'repair'.");
    }
    return json(operations.verify().run(request.image(), request.repair()));
  }

  private static Map<String, Object> words(PullProgress pull) {
    Map<String, Object> words = new LinkedHashMap<>();
    words.put("image", pull.image());
    words.put("started", pull.started().toString());
    words.put("layers", pull.layers());
    return words;
  }

  private static StringValue json(Object value) throws IOException {
    return StringValue.of(Json.OWN.writeValueAsString(value));
  }

  private static MethodDescriptor<StringValue, StringValue> method(String name) {
    return method(name, MethodDescriptor.MethodType.UNARY, StringValue.getDefaultInstance(), StringValue.getDefaultInstance());
  }

  private static <Q extends MessageLite, S extends MessageLite> MethodDescriptor<Q, S> method(String name, MethodDescriptor.MethodType type, Q request, S answer) {
    return MethodDescriptor.<Q, S>newBuilder()
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .setRequestMarshaller(ProtoLiteUtils.marshaller(request))
        .setResponseMarshaller(ProtoLiteUtils.marshaller(answer))
        .build();
  }
}
