package io.crij.daemon.rpc;

import com.google.protobuf.StringValue;
import io.crij.core.CriException;
import io.crij.core.Json;
import io.crij.image.PullProgress;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What {@code crij images} asks a running daemon, on the socket of the CRI and under its peer check: a service of our own, JSON in and
 * JSON out, for command and daemon of one release.
 */
final class AdminEndpoint implements BindableService {
  private static final String SERVICE = "crij.admin.Images";

  /** Asked with nothing; answers the pulls that run now. */
  static final MethodDescriptor<StringValue, StringValue> PULLS = method("Pulls");
  /** Asked with {@code {"image": NAME, "repair": BOOLEAN}}; answers the layers of the image and how they are. */
  static final MethodDescriptor<StringValue, StringValue> VERIFY = method("Verify");

  private record VerifyRequest(String image, boolean repair) {}

  private final ImageOperations operations;

  AdminEndpoint(ImageOperations operations) {
    this.operations = operations;
  }

  static StringValue verifyRequest(String image, boolean repair) throws IOException {
    return StringValue.of(Json.OWN.writeValueAsString(new VerifyRequest(image, repair)));
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder(SERVICE)
        .addMethod(
            PULLS,
            ServerCalls.asyncUnaryCall(
                (request, out) -> Edge.answer("Pulls", Edge.Kind.READ, request, out, q -> json(operations.underway().get().stream().map(AdminEndpoint::words).toList()))))
        .addMethod(VERIFY, ServerCalls.asyncUnaryCall((request, out) -> Edge.answer("Verify", Edge.Kind.CHANGE, request, out, this::verify)))
        .build();
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
    return MethodDescriptor.<StringValue, StringValue>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
        .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
        .build();
  }
}
