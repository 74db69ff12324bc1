package io.crij.sandbox;

import io.crij.cri.LinuxPodSandboxConfig;
import io.crij.cri.LinuxSandboxSecurityContext;
import io.crij.cri.NamespaceMode;
import io.crij.cri.NamespaceOption;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.RunPodSandboxRequest;

/** Requests that tests begin with. */
final class Pods {
  private Pods() {}

  static PodSandboxConfig.Builder config(String name) {
    return PodSandboxConfig.newBuilder()
        .setMetadata(PodSandboxMetadata.newBuilder().setName(name).setNamespace("default").setUid("uid-" + name).setAttempt(1))
        .setHostname("host-" + name)
        .setLogDirectory("/var/log/pods/" + name)
        .putLabels("app", name)
        .putAnnotations("note", "kept");
  }

  static RunPodSandboxRequest request(PodSandboxConfig.Builder config) {
    return RunPodSandboxRequest.newBuilder().setConfig(config).build();
  }

  static RunPodSandboxRequest request(String name) {
    return request(config(name));
  }

  static PodSandboxConfig.Builder hostNetwork(String name) {
    return config(name)
        .setHostname("")
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder()
                        .setNamespaceOptions(
                            NamespaceOption.newBuilder()
                                .setNetwork(NamespaceMode.NODE)
                                .setPid(NamespaceMode.CONTAINER)
                                .setIpc(NamespaceMode.NODE))));
  }
}
