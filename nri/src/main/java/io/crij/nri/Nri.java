package io.crij.nri;

import io.crij.cri.LinuxContainerResources;
import io.crij.nri.api.ContainerAdjustment;

/**
 * Tells plugins what happens to pods and containers, in the order in which it happens to each of them. Callers hold no lock that
 * another pod needs: a call waits for each plugin that wants it, in the order of their index, up to the plugin's deadline.
 *
 * <p>Where a call may refuse what is being done, it throws a {@link io.crij.core.CriException} that names the plugin; where it
 * may not, what a plugin says against it is logged.
 */
public interface Nri {
  /** No plugins: everything goes as asked for. */
  Nri NONE = new NoPlugins();

  /** The pod is complete but not shown yet. May refuse; {@link #removePodSandbox} follows then as well. */
  void runPodSandbox(AboutPod pod);

  /** The pod of the last {@link #runPodSandbox} can be seen now. No event of its own. */
  void podIsShown(String id);

  /** May refuse. */
  void updatePodSandbox(AboutPod pod, LinuxContainerResources overhead, LinuxContainerResources resources);

  void postUpdatePodSandbox(AboutPod pod);

  /**
   * The pod's containers have ended, the pod itself is still there. Told once; a second caller returns when the first one's
   * telling is over.
   */
  void stopPodSandbox(AboutPod pod);

  /** The pod cannot be seen any more. Tells of its stop first if nobody did. */
  void removePodSandbox(AboutPod pod);

  /**
   * What the plugins want to have different in a container that is about to be made; may refuse. {@link #removeContainer} follows
   * if it is not made after all.
   */
  ContainerAdjustment createContainer(AboutContainer container);

  /** The container is made and can be seen. */
  void postCreateContainer(AboutContainer container);

  /** May refuse. */
  void startContainer(AboutContainer container);

  void postStartContainer(AboutContainer container);

  /**
   * The limits to set instead of those asked for; may refuse.
   *
   * @return {@code asked} itself if no plugin changed it
   */
  LinuxContainerResources updateContainer(AboutContainer container, LinuxContainerResources asked);

  void postUpdateContainer(AboutContainer container);

  /** The container has ended, by itself or not. Told once; a second caller returns when the first one's telling is over. */
  void stopContainer(AboutContainer container);

  /** The container cannot be seen any more. Tells of its stop first if nobody did. */
  void removeContainer(AboutContainer container);
}
