package io.crij.daemon.rpc;

import com.google.protobuf.StringValue;
import io.crij.core.Json;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.lite.ProtoLiteUtils;
import io.grpc.stub.ServerCalls;

/** What {@code crij status} and its like ask a running daemon: as {@link AdminEndpoint}, on the same socket and for the same clients. */
final class NodeEndpoint implements BindableService {
  private static final String SERVICE = "crij.admin.Node";

  static final MethodDescriptor<StringValue, StringValue> STATUS = method("NodeStatus");
  static final MethodDescriptor<StringValue, StringValue> PODS = method("Pods");
  static final MethodDescriptor<StringValue, StringValue> CONTAINERS = method("Containers");
  /** Asked with a pod or container, as people name it; the next one too. */
  static final MethodDescriptor<StringValue, StringValue> WHY = method("Why");

  static final MethodDescriptor<StringValue, StringValue> TIMELINE = method("Timeline");

  /** Asked with {@code explain} or {@code run}. */
  static final MethodDescriptor<StringValue, StringValue> GC = method("Gc");

  private final NodeReports reports;

  NodeEndpoint(NodeReports reports) {
    this.reports = reports;
  }

  @Override
  public ServerServiceDefinition bindService() {
    ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(SERVICE);
    serve(service, STATUS, reports.status());
    serve(service, PODS, reports.pods());
    serve(service, CONTAINERS, reports.containers());
    serve(service, WHY, reports.why());
    serve(service, TIMELINE, reports.timeline());
    serve(service, GC, reports.gc());
    return service.build();
  }

  private static void serve(ServerServiceDefinition.Builder service, MethodDescriptor<StringValue, StringValue> method, NodeReports.Question question) {
    String rpc = String.valueOf(method.getBareMethodName());
    service.addMethod(
        method,
        ServerCalls.asyncUnaryCall(
            (request, out) ->
                Edge.answer(
                    rpc,
                    Edge.Kind.READ,
                    request,
                    out,
                    about -> StringValue.of(Json.OWN.writeValueAsString(question.answer(about.getValue()))))));
  }

  private static MethodDescriptor<StringValue, StringValue> method(String name) {
    return MethodDescriptor.<StringValue, StringValue>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .setRequestMarshaller(ProtoLiteUtils.marshaller(StringValue.getDefaultInstance()))
        .setResponseMarshaller(ProtoLiteUtils.marshaller(StringValue.getDefaultInstance()))
        .build();
  }
}
