package io.crij.nri;

import io.crij.cri.LinuxContainerResources;
import io.crij.nri.api.ContainerAdjustment;
import io.crij.nri.api.PodSandbox;

/** Where the interface is turned off. */
final class NoPlugins implements Nri {
  @Override
  public void runPodSandbox(PodSandbox pod) {}

  @Override
  public void podIsShown(String id) {}

  @Override
  public void updatePodSandbox(PodSandbox pod, LinuxContainerResources overhead, LinuxContainerResources resources) {}

  @Override
  public void postUpdatePodSandbox(PodSandbox pod) {}

  @Override
  public void stopPodSandbox(PodSandbox pod, EndTold end) {}

  @Override
  public void removePodSandbox(PodSandbox pod, EndTold end) {}

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
