package io.crij.container;

import io.crij.core.CriException;
import io.crij.cri.LinuxContainerResources;
import io.crij.helper.plan.LaunchPlan;
import io.crij.nri.AboutContainer;
import io.crij.nri.EndTold;
import io.crij.nri.Nri;
import io.crij.nri.api.ContainerAdjustment;
import io.crij.nri.api.PodSandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells NRI plugins what happens to containers. */
final class ContainerPlugins {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerPlugins.class);

  private final Nri nri;
  private final Pods pods;
  private final ThreadFactory threads;

  ContainerPlugins(Nri nri, Pods pods, ThreadFactory threads) {
    this.nri = nri;
    this.pods = pods;
    this.threads = threads;
  }

  /**
   * What plugins want to have different in a container that is not made yet; {@link #notMade} takes it back.
   *
   * @throws CriException if a plugin is against it
   */
  ContainerAdjustment creating(ContainerDraft draft) {
    return nri.createContainer(about(draft));
  }

  void notMade(ContainerDraft draft) {
    nri.removeContainer(about(draft));
  }

  void created(Container container) {
    nri.postCreateContainer(about(container));
  }

  /** @throws CriException if a plugin is against it */
  void starting(Container container) {
    nri.startContainer(about(container));
  }

  void started(Container container) {
    nri.postStartContainer(about(container));
  }

  /**
   * @return what is to be set instead
   * @throws CriException if a plugin is against it
   */
  LinuxContainerResources updating(Container container, LinuxContainerResources asked) {
    return nri.updateContainer(about(container), asked);
  }

  void updated(Container container) {
    nri.postUpdateContainer(about(container));
  }

  /** Returns at once: whoever saw the container end has others to look after. Its start is told to the end before. */
  void ended(Container container) {
    threads
        .newThread(
            () -> {
              try {
                container.exclusively("reported as ended", () -> {});
              } catch (CriException e) {
                LOG.warn("NRI plugins are told of the end of container {} in the middle of another call: {}", container.id(), e.getMessage());
              }
              stopped(container);
            })
        .start();
  }

  /** Returns when the plugins know, whoever tells them. */
  void stopped(Container container) {
    nri.stopContainer(about(container));
  }

  void removed(Container container) {
    nri.removeContainer(about(container));
  }

  private AboutContainer about(ContainerDraft draft) {
    return new AboutContainer(draft.record().id(), () -> pod(draft.record()), () -> view(draft), new EndTold());
  }

  private AboutContainer about(Container container) {
    return new AboutContainer(container.id().hex(), () -> pod(container.record()), () -> view(container), container.endTold());
  }

  static io.crij.nri.api.Container view(Container container) {
    ContainerRecord record = container.record();
    return PluginView.of(record, container.config(), container.resources(), plan(Path.of(record.planFile())));
  }

  private static io.crij.nri.api.Container view(ContainerDraft draft) {
    return PluginView.of(draft.record(), draft.config(), draft.config().getLinux().getResources(), draft.plan());
  }

  private static @Nullable LaunchPlan plan(Path file) {
    try {
      return LaunchPlan.decode(Files.readAllBytes(file));
    } catch (IOException | CriException e) {
      LOG.debug("NRI plugins are not told arguments and environment, for there is no plan {}: {}", file, e.getMessage());
      return null;
    }
  }

  private PodSandbox pod(ContainerRecord record) {
    return pods.pluginView(record.sandbox());
  }
}
