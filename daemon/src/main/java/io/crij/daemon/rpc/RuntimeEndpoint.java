package io.crij.daemon.rpc;

import io.crij.cri.AttachRequest;
import io.crij.cri.AttachResponse;
import io.crij.cri.ContainerEventResponse;
import io.crij.cri.ContainerStatsRequest;
import io.crij.cri.ContainerStatsResponse;
import io.crij.cri.ContainerStatusRequest;
import io.crij.cri.ContainerStatusResponse;
import io.crij.cri.CreateContainerRequest;
import io.crij.cri.CreateContainerResponse;
import io.crij.cri.ExecRequest;
import io.crij.cri.ExecResponse;
import io.crij.cri.ExecSyncRequest;
import io.crij.cri.ExecSyncResponse;
import io.crij.cri.GetEventsRequest;
import io.crij.cri.ListContainerStatsRequest;
import io.crij.cri.ListContainerStatsResponse;
import io.crij.cri.ListContainersRequest;
import io.crij.cri.ListContainersResponse;
import io.crij.cri.ListMetricDescriptorsRequest;
import io.crij.cri.ListMetricDescriptorsResponse;
import io.crij.cri.ListPodSandboxMetricsRequest;
import io.crij.cri.ListPodSandboxMetricsResponse;
import io.crij.cri.ListPodSandboxRequest;
import io.crij.cri.ListPodSandboxResponse;
import io.crij.cri.ListPodSandboxStatsRequest;
import io.crij.cri.ListPodSandboxStatsResponse;
import io.crij.cri.PodSandboxStatsRequest;
import io.crij.cri.PodSandboxStatsResponse;
import io.crij.cri.PodSandboxStatusRequest;
import io.crij.cri.PodSandboxStatusResponse;
import io.crij.cri.PortForwardRequest;
import io.crij.cri.PortForwardResponse;
import io.crij.cri.RemoveContainerRequest;
import io.crij.cri.RemoveContainerResponse;
import io.crij.cri.RemovePodSandboxRequest;
import io.crij.cri.RemovePodSandboxResponse;
import io.crij.cri.ReopenContainerLogRequest;
import io.crij.cri.ReopenContainerLogResponse;
import io.crij.cri.RunPodSandboxRequest;
import io.crij.cri.RunPodSandboxResponse;
import io.crij.cri.RuntimeConfigRequest;
import io.crij.cri.RuntimeConfigResponse;
import io.crij.cri.StartContainerRequest;
import io.crij.cri.StartContainerResponse;
import io.crij.cri.StatusRequest;
import io.crij.cri.StatusResponse;
import io.crij.cri.StopContainerRequest;
import io.crij.cri.StopContainerResponse;
import io.crij.cri.StopPodSandboxRequest;
import io.crij.cri.StopPodSandboxResponse;
import io.crij.cri.StreamContainerStatsRequest;
import io.crij.cri.StreamContainerStatsResponse;
import io.crij.cri.StreamContainersRequest;
import io.crij.cri.StreamContainersResponse;
import io.crij.cri.StreamPodSandboxMetricsRequest;
import io.crij.cri.StreamPodSandboxMetricsResponse;
import io.crij.cri.StreamPodSandboxStatsRequest;
import io.crij.cri.StreamPodSandboxStatsResponse;
import io.crij.cri.StreamPodSandboxesRequest;
import io.crij.cri.StreamPodSandboxesResponse;
import io.crij.cri.UpdateContainerResourcesRequest;
import io.crij.cri.UpdateContainerResourcesResponse;
import io.crij.cri.UpdatePodSandboxResourcesRequest;
import io.crij.cri.UpdatePodSandboxResourcesResponse;
import io.crij.cri.UpdateRuntimeConfigRequest;
import io.crij.cri.UpdateRuntimeConfigResponse;
import io.crij.cri.VersionRequest;
import io.crij.cri.VersionResponse;
import io.crij.daemon.rpc.Edge.Kind;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** RuntimeService as it stands on the wire. Each RPC hands its request to the operation of its name. */
final class RuntimeEndpoint extends LaterRuntimeCalls {
  private final RuntimeOperations operations;
  private final RuntimeOperations.Pods pods;
  private final RuntimeOperations.Containers containers;
  private final RuntimeOperations.Stats stats;
  private final RuntimeOperations.Streams streams;

  RuntimeEndpoint(RuntimeOperations operations) {
    this.operations = operations;
    this.pods = operations.pods();
    this.containers = operations.containers();
    this.stats = operations.stats();
    this.streams = operations.streams();
  }

  @Override
  public void version(VersionRequest request, StreamObserver<VersionResponse> out) {
    Edge.answer("Version", Kind.READ, request, out, operations.version());
  }

  @Override
  public void runPodSandbox(RunPodSandboxRequest request, StreamObserver<RunPodSandboxResponse> out) {
    Edge.answer("RunPodSandbox", Kind.CHANGE, request, out, pods.run());
  }

  @Override
  public void stopPodSandbox(StopPodSandboxRequest request, StreamObserver<StopPodSandboxResponse> out) {
    Edge.answer("StopPodSandbox", Kind.CHANGE, request, out, pods.stop());
  }

  @Override
  public void removePodSandbox(RemovePodSandboxRequest request, StreamObserver<RemovePodSandboxResponse> out) {
    Edge.answer("RemovePodSandbox", Kind.CHANGE, request, out, pods.remove());
  }

  @Override
  public void podSandboxStatus(PodSandboxStatusRequest request, StreamObserver<PodSandboxStatusResponse> out) {
    Edge.answer("PodSandboxStatus", Kind.READ, request, out, pods.status());
  }

  @Override
  public void listPodSandbox(ListPodSandboxRequest request, StreamObserver<ListPodSandboxResponse> out) {
    Edge.answer("ListPodSandbox", Kind.READ, request, out, pods.list());
  }

  @Override
  public void createContainer(CreateContainerRequest request, StreamObserver<CreateContainerResponse> out) {
    Edge.answer("CreateContainer", Kind.CHANGE, request, out, containers.create());
  }

  @Override
  public void startContainer(StartContainerRequest request, StreamObserver<StartContainerResponse> out) {
    Edge.answer("StartContainer", Kind.CHANGE, request, out, containers.start());
  }

  @Override
  public void stopContainer(StopContainerRequest request, StreamObserver<StopContainerResponse> out) {
    Edge.answer("StopContainer", Kind.CHANGE, request, out, containers.stop());
  }

  @Override
  public void removeContainer(RemoveContainerRequest request, StreamObserver<RemoveContainerResponse> out) {
    Edge.answer("RemoveContainer", Kind.CHANGE, request, out, containers.remove());
  }

  @Override
  public void listContainers(ListContainersRequest request, StreamObserver<ListContainersResponse> out) {
    Edge.answer("ListContainers", Kind.READ, request, out, containers.list());
  }

  @Override
  public void containerStatus(ContainerStatusRequest request, StreamObserver<ContainerStatusResponse> out) {
    Edge.answer("ContainerStatus", Kind.READ, request, out, containers.status());
  }

  @Override
  public void updateContainerResources(UpdateContainerResourcesRequest request, StreamObserver<UpdateContainerResourcesResponse> out) {
    Edge.answer("UpdateContainerResources", Kind.CHANGE, request, out, containers.updateResources());
  }

  @Override
  public void reopenContainerLog(ReopenContainerLogRequest request, StreamObserver<ReopenContainerLogResponse> out) {
    Edge.answer("ReopenContainerLog", Kind.CHANGE, request, out, containers.reopenLog());
  }

  @Override
  public void execSync(ExecSyncRequest request, StreamObserver<ExecSyncResponse> out) {
    Edge.answer("ExecSync", Kind.WHILE_WANTED, request, out, containers.execSync());
  }

  @Override
  public void containerStats(ContainerStatsRequest request, StreamObserver<ContainerStatsResponse> out) {
    Edge.answer("ContainerStats", Kind.READ, request, out, stats.container());
  }

  @Override
  public void listContainerStats(ListContainerStatsRequest request, StreamObserver<ListContainerStatsResponse> out) {
    Edge.answer("ListContainerStats", Kind.READ, request, out, stats.listContainers());
  }

  @Override
  public void podSandboxStats(PodSandboxStatsRequest request, StreamObserver<PodSandboxStatsResponse> out) {
    Edge.answer("PodSandboxStats", Kind.READ, request, out, stats.pod());
  }

  @Override
  public void listPodSandboxStats(ListPodSandboxStatsRequest request, StreamObserver<ListPodSandboxStatsResponse> out) {
    Edge.answer("ListPodSandboxStats", Kind.READ, request, out, stats.listPods());
  }

  @Override
  public void streamPodSandboxes(StreamPodSandboxesRequest request, StreamObserver<StreamPodSandboxesResponse> out) {
    Edge.stream("StreamPodSandboxes", request, out,
        q -> pods.list().run(ListPodSandboxRequest.newBuilder().setFilter(q.getFilter()).build()).getItemsList(),
        part -> StreamPodSandboxesResponse.newBuilder().addAllPodSandboxes(part).build());
  }

  @Override
  public void streamContainers(StreamContainersRequest request, StreamObserver<StreamContainersResponse> out) {
    Edge.stream("StreamContainers", request, out,
        q -> containers.list().run(ListContainersRequest.newBuilder().setFilter(q.getFilter()).build()).getContainersList(),
        part -> StreamContainersResponse.newBuilder().addAllContainers(part).build());
  }

  @Override
  public void streamContainerStats(StreamContainerStatsRequest request, StreamObserver<StreamContainerStatsResponse> out) {
    Edge.stream("StreamContainerStats", request, out,
        q -> stats.listContainers().run(ListContainerStatsRequest.newBuilder().setFilter(q.getFilter()).build()).getStatsList(),
        part -> StreamContainerStatsResponse.newBuilder().addAllContainerStats(part).build());
  }

  @Override
  public void streamPodSandboxStats(StreamPodSandboxStatsRequest request, StreamObserver<StreamPodSandboxStatsResponse> out) {
    Edge.stream("StreamPodSandboxStats", request, out,
        q -> stats.listPods().run(ListPodSandboxStatsRequest.newBuilder().setFilter(q.getFilter()).build()).getStatsList(),
        part -> StreamPodSandboxStatsResponse.newBuilder().addAllPodSandboxStats(part).build());
  }

  @Override
  public void listMetricDescriptors(ListMetricDescriptorsRequest request, StreamObserver<ListMetricDescriptorsResponse> out) {
    Edge.answer("ListMetricDescriptors", Kind.READ, request, out, stats.metricDescriptors());
  }

  @Override
  public void listPodSandboxMetrics(ListPodSandboxMetricsRequest request, StreamObserver<ListPodSandboxMetricsResponse> out) {
    Edge.answer("ListPodSandboxMetrics", Kind.READ, request, out, stats.podMetrics());
  }

  @Override
  public void streamPodSandboxMetrics(StreamPodSandboxMetricsRequest request, StreamObserver<StreamPodSandboxMetricsResponse> out) {
    Edge.stream("StreamPodSandboxMetrics", request, out,
        q -> stats.podMetrics().run(ListPodSandboxMetricsRequest.getDefaultInstance()).getPodMetricsList(),
        part -> StreamPodSandboxMetricsResponse.newBuilder().addAllPodSandboxMetrics(part).build());
  }

  @Override
  public void getContainerEvents(GetEventsRequest request, StreamObserver<ContainerEventResponse> out) {
    EventStream.begin((ServerCallStreamObserver<ContainerEventResponse>) out, operations.events());
  }

  @Override
  public void updatePodSandboxResources(UpdatePodSandboxResourcesRequest request, StreamObserver<UpdatePodSandboxResourcesResponse> out) {
    Edge.answer("UpdatePodSandboxResources", Kind.CHANGE, request, out, pods.updateResources());
  }

  @Override
  public void updateRuntimeConfig(UpdateRuntimeConfigRequest request, StreamObserver<UpdateRuntimeConfigResponse> out) {
    Edge.answer("UpdateRuntimeConfig", Kind.CHANGE, request, out, operations.updateRuntimeConfig());
  }

  @Override
  public void status(StatusRequest request, StreamObserver<StatusResponse> out) {
    Edge.answer("Status", Kind.READ, request, out, operations.status());
  }

  @Override
  public void runtimeConfig(RuntimeConfigRequest request, StreamObserver<RuntimeConfigResponse> out) {
    Edge.answer("RuntimeConfig", Kind.READ, request, out, operations.runtimeConfig());
  }

  @Override
  public void exec(ExecRequest request, StreamObserver<ExecResponse> out) {
    Edge.answer("Exec", Kind.CHANGE, request, out, streams.exec());
  }

  @Override
  public void attach(AttachRequest request, StreamObserver<AttachResponse> out) {
    Edge.answer("Attach", Kind.CHANGE, request, out, streams.attach());
  }

  @Override
  public void portForward(PortForwardRequest request, StreamObserver<PortForwardResponse> out) {
    Edge.answer("PortForward", Kind.CHANGE, request, out, streams.portForward());
  }
}
