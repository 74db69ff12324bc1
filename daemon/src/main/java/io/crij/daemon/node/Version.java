package io.crij.daemon.node;

import io.crij.cri.VersionRequest;
import io.crij.cri.VersionResponse;

/** Who answers on this socket. Also kubelet's probe of the connection, so it asks nobody else. */
public final class Version {
  /** The first part of each container's id on the node's API objects: it can never change. */
  private static final String RUNTIME_NAME = "crij";

  /** The only version of kubelet's side of this API; kubelet refuses any other. */
  private static final String KUBELET_API = "0.1.0";

  private final VersionResponse answer;

  /** @param runtimeVersion semantic */
  public Version(String runtimeVersion) {
    this.answer =
        VersionResponse.newBuilder()
            .setVersion(KUBELET_API)
            .setRuntimeName(RUNTIME_NAME)
            .setRuntimeVersion(runtimeVersion)
            .setRuntimeApiVersion("v1")
            .build();
  }

  public VersionResponse run(VersionRequest request) {
    return answer;
  }
}
