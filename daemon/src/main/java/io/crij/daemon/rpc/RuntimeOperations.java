package io.crij.daemon.rpc;

import io.crij.container.EventSubscription;
import io.crij.cri.AttachRequest;
import io.crij.cri.AttachResponse;
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
import io.crij.cri.UpdateContainerResourcesRequest;
import io.crij.cri.UpdateContainerResourcesResponse;
import io.crij.cri.UpdatePodSandboxResourcesRequest;
import io.crij.cri.UpdatePodSandboxResourcesResponse;
import io.crij.cri.UpdateRuntimeConfigRequest;
import io.crij.cri.UpdateRuntimeConfigResponse;
import io.crij.cri.VersionRequest;
import io.crij.cri.VersionResponse;
import java.util.function.Supplier;

/**
 * What stands behind each RPC of RuntimeService that this daemon serves.
 *
 * @param events begins a subscription to container events
 */
public record RuntimeOperations(
    Operation<VersionRequest, VersionResponse> version,
    Operation<StatusRequest, StatusResponse> status,
    Operation<RuntimeConfigRequest, RuntimeConfigResponse> runtimeConfig,
    Operation<UpdateRuntimeConfigRequest, UpdateRuntimeConfigResponse> updateRuntimeConfig,
    Pods pods,
    Containers containers,
    Stats stats,
    Supplier<EventSubscription> events,
    Streams streams) {
  public record Pods(
      Operation<RunPodSandboxRequest, RunPodSandboxResponse> run,
      Operation<StopPodSandboxRequest, StopPodSandboxResponse> stop,
      Operation<RemovePodSandboxRequest, RemovePodSandboxResponse> remove,
      Operation<PodSandboxStatusRequest, PodSandboxStatusResponse> status,
      Operation<ListPodSandboxRequest, ListPodSandboxResponse> list,
      Operation<UpdatePodSandboxResourcesRequest, UpdatePodSandboxResourcesResponse> updateResources) {}

  public record Containers(
      Operation<CreateContainerRequest, CreateContainerResponse> create,
      Operation<StartContainerRequest, StartContainerResponse> start,
      Operation<StopContainerRequest, StopContainerResponse> stop,
      Operation<RemoveContainerRequest, RemoveContainerResponse> remove,
      Operation<ContainerStatusRequest, ContainerStatusResponse> status,
      Operation<ListContainersRequest, ListContainersResponse> list,
      Operation<ExecSyncRequest, ExecSyncResponse> execSync,
      Operation<UpdateContainerResourcesRequest, UpdateContainerResourcesResponse> updateResources,
      Operation<ReopenContainerLogRequest, ReopenContainerLogResponse> reopenLog) {}

  public record Stats(
      Operation<ContainerStatsRequest, ContainerStatsResponse> container,
      Operation<ListContainerStatsRequest, ListContainerStatsResponse> listContainers,
      Operation<PodSandboxStatsRequest, PodSandboxStatsResponse> pod,
      Operation<ListPodSandboxStatsRequest, ListPodSandboxStatsResponse> listPods,
      Operation<ListMetricDescriptorsRequest, ListMetricDescriptorsResponse> metricDescriptors,
      Operation<ListPodSandboxMetricsRequest, ListPodSandboxMetricsResponse> podMetrics) {}

  /** Each answers with a URL of the streaming server. */
  public record Streams(
      Operation<ExecRequest, ExecResponse> exec,
      Operation<AttachRequest, AttachResponse> attach,
      Operation<PortForwardRequest, PortForwardResponse> portForward) {}
}
