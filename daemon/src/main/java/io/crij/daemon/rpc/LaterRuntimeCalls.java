package io.crij.daemon.rpc;

import io.crij.cri.AttachRequest;
import io.crij.cri.AttachResponse;
import io.crij.cri.CheckpointContainerRequest;
import io.crij.cri.CheckpointContainerResponse;
import io.crij.cri.CheckpointPodRequest;
import io.crij.cri.CheckpointPodResponse;
import io.crij.cri.ContainerEventResponse;
import io.crij.cri.ExecRequest;
import io.crij.cri.ExecResponse;
import io.crij.cri.GetEventsRequest;
import io.crij.cri.ListMetricDescriptorsRequest;
import io.crij.cri.ListMetricDescriptorsResponse;
import io.crij.cri.ListPodSandboxMetricsRequest;
import io.crij.cri.ListPodSandboxMetricsResponse;
import io.crij.cri.PortForwardRequest;
import io.crij.cri.PortForwardResponse;
import io.crij.cri.RestorePodRequest;
import io.crij.cri.RestorePodResponse;
import io.crij.cri.RuntimeServiceGrpc;
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
import io.crij.cri.UpdatePodSandboxResourcesRequest;
import io.crij.cri.UpdatePodSandboxResourcesResponse;
import io.grpc.stub.StreamObserver;

/**
 * The RPCs of RuntimeService that this version does not serve. kubelet knows what to do without them by the code alone
 * (UNIMPLEMENTED); the sentence is for people.
 */
abstract class LaterRuntimeCalls extends RuntimeServiceGrpc.RuntimeServiceImplBase {
  @Override
  public void streamPodSandboxes(StreamPodSandboxesRequest request, StreamObserver<StreamPodSandboxesResponse> out) {
    Edge.unimplemented("StreamPodSandboxes", "Pods are not listed as a stream by this version: use ListPodSandbox.", out);
  }

  @Override
  public void streamContainers(StreamContainersRequest request, StreamObserver<StreamContainersResponse> out) {
    Edge.unimplemented("StreamContainers", "Containers are not listed as a stream by this version: use ListContainers.", out);
  }

  @Override
  public void exec(ExecRequest request, StreamObserver<ExecResponse> out) {
    Edge.unimplemented("Exec", "Interactive exec is not served by this version: use ExecSync (crictl exec -s).", out);
  }

  @Override
  public void attach(AttachRequest request, StreamObserver<AttachResponse> out) {
    Edge.unimplemented("Attach", "Attach is not served by this version: read the container log instead.", out);
  }

  @Override
  public void portForward(PortForwardRequest request, StreamObserver<PortForwardResponse> out) {
    Edge.unimplemented("PortForward", "Port forwarding is not served by this version: connect to the address of the pod instead.", out);
  }

  @Override
  public void streamContainerStats(StreamContainerStatsRequest request, StreamObserver<StreamContainerStatsResponse> out) {
    Edge.unimplemented("StreamContainerStats", "Container statistics are not served by this version.", out);
  }

  @Override
  public void streamPodSandboxStats(StreamPodSandboxStatsRequest request, StreamObserver<StreamPodSandboxStatsResponse> out) {
    Edge.unimplemented("StreamPodSandboxStats", "Pod statistics are not served by this version.", out);
  }

  @Override
  public void checkpointContainer(CheckpointContainerRequest request, StreamObserver<CheckpointContainerResponse> out) {
    Edge.unimplemented("CheckpointContainer", "Checkpoints of containers are not served by this version.", out);
  }

  @Override
  public void checkpointPod(CheckpointPodRequest request, StreamObserver<CheckpointPodResponse> out) {
    Edge.unimplemented("CheckpointPod", "Checkpoints of pods are not served by this version.", out);
  }

  @Override
  public void restorePod(RestorePodRequest request, StreamObserver<RestorePodResponse> out) {
    Edge.unimplemented("RestorePod", "Checkpoints of pods are not served by this version, so none can be restored.", out);
  }

  @Override
  public void getContainerEvents(GetEventsRequest request, StreamObserver<ContainerEventResponse> out) {
    Edge.unimplemented("GetContainerEvents", "Events are not served by this version: list pods and containers instead.", out);
  }

  @Override
  public void listMetricDescriptors(ListMetricDescriptorsRequest request, StreamObserver<ListMetricDescriptorsResponse> out) {
    Edge.unimplemented("ListMetricDescriptors", "Pod metrics are not served by this version.", out);
  }

  @Override
  public void listPodSandboxMetrics(ListPodSandboxMetricsRequest request, StreamObserver<ListPodSandboxMetricsResponse> out) {
    Edge.unimplemented("ListPodSandboxMetrics", "Pod metrics are not served by this version.", out);
  }

  @Override
  public void streamPodSandboxMetrics(StreamPodSandboxMetricsRequest request, StreamObserver<StreamPodSandboxMetricsResponse> out) {
    Edge.unimplemented("StreamPodSandboxMetrics", "Pod metrics are not served by this version.", out);
  }

  @Override
  public void updatePodSandboxResources(UpdatePodSandboxResourcesRequest request, StreamObserver<UpdatePodSandboxResourcesResponse> out) {
    Edge.unimplemented("UpdatePodSandboxResources", "Resources of a whole pod are not changed by this version: use UpdateContainerResources.", out);
  }
}
