package io.crij.daemon.node;

import io.crij.cri.UpdateRuntimeConfigRequest;
import io.crij.cri.UpdateRuntimeConfigResponse;

/** kubelet's word on the node's pod CIDR. Nothing here depends on it: the CNI configuration says which addresses pods get. */
public final class UpdateRuntimeConfig {
  public UpdateRuntimeConfigResponse run(UpdateRuntimeConfigRequest request) {
    return UpdateRuntimeConfigResponse.getDefaultInstance();
  }
}
