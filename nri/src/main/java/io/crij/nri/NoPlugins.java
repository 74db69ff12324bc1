package io.crij.nri;

import io.crij.cri.LinuxContainerResources;
import io.crij.nri.api.ContainerAdjustment;

/** Where the interface is turned off. */
final class NoPlugins implements Nri {
  @Override
  public void runPodSandbox(AboutPod pod) {}

  @Override
  public void podIsShown(String id) {}

  @Override
  public void updatePodSandbox(AboutPod pod, LinuxContainerResources overhead, LinuxContainerResources resources) {}

  @Override
  public void postUpdatePodSandbox(AboutPod pod) {}

  @Override
  public void stopPodSandbox(AboutPod pod) {}

  @Override
  public void removePodSandbox(AboutPod pod) {}

  @Override
  public ContainerAdjustment createContainer(AboutContainer container) {
    return ContainerAdjustment.getDefaultInstance();
  }

  @Override
  public void postCreateContainer(AboutContainer container) {}

  @Override
  public void startContainer(AboutContainer container) {}

  @Override
  public void postStartContainer(AboutContainer container) {}

  @Override
  public LinuxContainerResources updateContainer(AboutContainer container, LinuxContainerResources asked) {
    return asked;
  }

  @Override
  public void postUpdateContainer(AboutContainer container) {}

  @Override
  public void stopContainer(AboutContainer container) {}

  @Override
  public void removeContainer(AboutContainer container) {}
}
