package io.crij.daemon.rpc;

import com.google.protobuf.MessageLite;
import io.crij.core.Printable;
import io.crij.cri.AttachRequest;
import io.crij.cri.CheckpointContainerRequest;
import io.crij.cri.CheckpointPodRequest;
import io.crij.cri.ContainerStatsRequest;
import io.crij.cri.ContainerStatusRequest;
import io.crij.cri.CreateContainerRequest;
import io.crij.cri.CreateContainerResponse;
import io.crij.cri.ExecRequest;
import io.crij.cri.ExecSyncRequest;
import io.crij.cri.ImageStatusRequest;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxStatsRequest;
import io.crij.cri.PodSandboxStatusRequest;
import io.crij.cri.PortForwardRequest;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RemoveContainerRequest;
import io.crij.cri.RemoveImageRequest;
import io.crij.cri.RemovePodSandboxRequest;
import io.crij.cri.ReopenContainerLogRequest;
import io.crij.cri.RestorePodRequest;
import io.crij.cri.RestorePodResponse;
import io.crij.cri.RunPodSandboxRequest;
import io.crij.cri.RunPodSandboxResponse;
import io.crij.cri.StartContainerRequest;
import io.crij.cri.StopContainerRequest;
import io.crij.cri.StopPodSandboxRequest;
import io.crij.cri.UpdateContainerResourcesRequest;
import io.crij.cri.UpdatePodSandboxResourcesRequest;
import io.crij.image.content.Reference;
import org.jspecify.annotations.Nullable;

/**
 * What a request is about, for its log line: ids and names only. Fields are picked one by one and never a whole message, so
 * that credentials of a pull cannot get into the log.
 *
 * @param pod sandbox id, or namespace/name before there is an id
 */
record Subject(@Nullable String pod, @Nullable String container, @Nullable String image) {
  private static final int LONGEST = 256;
  private static final Subject NOTHING = new Subject(null, null, null);

  static Subject of(MessageLite message) {
    return switch (message) {
      case RunPodSandboxRequest run -> pod(name(run.getConfig()));
      case RestorePodRequest restore -> pod(name(restore.getConfig()));
      case StopPodSandboxRequest m -> pod(clean(m.getPodSandboxId()));
      case RemovePodSandboxRequest m -> pod(clean(m.getPodSandboxId()));
      case PodSandboxStatusRequest m -> pod(clean(m.getPodSandboxId()));
      case PodSandboxStatsRequest m -> pod(clean(m.getPodSandboxId()));
      case PortForwardRequest m -> pod(clean(m.getPodSandboxId()));
      case UpdatePodSandboxResourcesRequest m -> pod(clean(m.getPodSandboxId()));
      case CheckpointPodRequest m -> pod(clean(m.getPodSandboxId()));
      case RunPodSandboxResponse m -> pod(clean(m.getPodSandboxId()));
      case RestorePodResponse m -> pod(clean(m.getPodSandboxId()));
      case CreateContainerRequest m -> pod(clean(m.getPodSandboxId()));
      case StartContainerRequest m -> container(clean(m.getContainerId()));
      case StopContainerRequest m -> container(clean(m.getContainerId()));
      case RemoveContainerRequest m -> container(clean(m.getContainerId()));
      case ContainerStatusRequest m -> container(clean(m.getContainerId()));
      case UpdateContainerResourcesRequest m -> container(clean(m.getContainerId()));
      case ExecSyncRequest m -> container(clean(m.getContainerId()));
      case ExecRequest m -> container(clean(m.getContainerId()));
      case AttachRequest m -> container(clean(m.getContainerId()));
      case ContainerStatsRequest m -> container(clean(m.getContainerId()));
      case ReopenContainerLogRequest m -> container(clean(m.getContainerId()));
      case CheckpointContainerRequest m -> container(clean(m.getContainerId()));
      case CreateContainerResponse m -> container(clean(m.getContainerId()));
      // A pull names the pod that it is for.
      case PullImageRequest pull -> new Subject(name(pull.getSandboxConfig()), null, Reference.printable(pull.getImage().getImage()));
      case ImageStatusRequest m -> new Subject(null, null, Reference.printable(m.getImage().getImage()));
      case RemoveImageRequest m -> new Subject(null, null, Reference.printable(m.getImage().getImage()));
      default -> NOTHING;
    };
  }

  private static Subject pod(@Nullable String pod) {
    return new Subject(pod, null, null);
  }

  private static Subject container(String container) {
    return new Subject(null, container, null);
  }

  private static @Nullable String name(PodSandboxConfig config) {
    return config.hasMetadata() ? clean(config.getMetadata().getNamespace() + "/" + config.getMetadata().getName()) : null;
  }

  /** As it stands in the line, with a space before each part. */
  String words() {
    return part("pod", pod) + part("container", container) + part("image", image);
  }

  private static String part(String name, @Nullable String value) {
    return value == null || value.isEmpty() ? "" : " " + name + "=" + value;
  }

  /** A name from outside must not break the line or fill the log. */
  private static String clean(String text) {
    String shown = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    return Printable.plain(shown);
  }
}
