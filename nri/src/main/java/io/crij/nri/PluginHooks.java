package io.crij.nri;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Journal;
import io.crij.cri.LinuxContainerResources;
import io.crij.nri.api.ContainerAdjustment;
import io.crij.nri.api.ContainerRequest;
import io.crij.nri.api.CreateContainerResponse;
import io.crij.nri.api.Empty;
import io.crij.nri.api.Event;
import io.crij.nri.api.LinuxResources;
import io.crij.nri.api.PodRequest;
import io.crij.nri.api.PodSandbox;
import io.crij.nri.api.StateChangeEvent;
import io.crij.nri.api.StopContainerResponse;
import io.crij.nri.api.UpdateContainerRequest;
import io.crij.nri.api.UpdateContainerResponse;
import io.crij.nri.api.UpdatePodSandboxRequest;
import io.crij.nri.wire.CallFailed;
import io.crij.nri.wire.CallRefused;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes each event to the plugins that want it, one after the other, and puts their answers together. */
final class PluginHooks implements Nri {
  private static final Logger LOG = LoggerFactory.getLogger(PluginHooks.class);

  private final Plugins plugins;
  private final Validators validators;
  private final PluginWishes wishes;

  private volatile AnswerTimes times = (plugin, event, nanos, failed) -> {};

  PluginHooks(Plugins plugins, PluginWishes wishes) {
    this.plugins = plugins;
    this.validators = new Validators(plugins);
    this.wishes = wishes;
  }

  void listen(AnswerTimes listener) {
    times = listener;
  }

  @Override
  public void runPodSandbox(AboutPod pod) {
    List<Plugin> asked = plugins.making(pod);
    plugins.requireAll();
    if (!asked.isEmpty()) {
      PodSandbox view = pod.view().get();
      asked.forEach(plugin -> tell(plugin, Event.RUN_POD_SANDBOX, view));
    }
  }

  @Override
  public void podIsShown(String id) {
    plugins.podMade(id);
  }

  @Override
  public void updatePodSandbox(AboutPod pod, LinuxContainerResources overhead, LinuxContainerResources resources) {
    List<Plugin> wanting = plugins.wanting(Event.UPDATE_POD_SANDBOX);
    if (wanting.isEmpty()) {
      return;
    }
    UpdatePodSandboxRequest request =
        UpdatePodSandboxRequest.newBuilder()
            .setPod(pod.view().get())
            .setOverheadLinuxResources(CriLimits.toNri(overhead))
            .setLinuxResources(CriLimits.toNri(resources))
            .build();
    for (Plugin plugin : wanting) {
      ask(plugin, Event.UPDATE_POD_SANDBOX, request, Empty.parser());
    }
  }

  @Override
  public void postUpdatePodSandbox(AboutPod pod) {
    tellAll(Event.POST_UPDATE_POD_SANDBOX, pod);
  }

  @Override
  public void stopPodSandbox(AboutPod pod) {
    pod.end().once(() -> tellAll(Event.STOP_POD_SANDBOX, pod));
  }

  @Override
  public void removePodSandbox(AboutPod pod) {
    plugins.podMade(pod.id());
    stopPodSandbox(pod);
    tellAll(Event.REMOVE_POD_SANDBOX, pod);
  }

  @Override
  public ContainerAdjustment createContainer(AboutContainer container) {
    List<Plugin> asked = plugins.making(container);
    plugins.requireAll();
    if (asked.isEmpty() && !validators.any()) {
      return ContainerAdjustment.getDefaultInstance();
    }
    ContainerRequest before = container.request();
    Adjustments adjustments = new Adjustments(before.getContainer());
    for (Plugin plugin : asked) {
      ContainerRequest request = before.toBuilder().setContainer(adjustments.container()).build();
      ask(plugin, Event.CREATE_CONTAINER, request, CreateContainerResponse.parser())
          .ifPresent(answer -> adjustments.add(answer, plugin.toString()));
    }
    validators.check(before, adjustments, asked);
    adjustments.evictions().forEach(eviction -> wishes.evict(eviction.getContainerId(), eviction.getReason()));
    wishes.update(adjustments.updates());
    return adjustments.adjustment();
  }

  @Override
  public void postCreateContainer(AboutContainer container) {
    plugins.containerMade(container.id());
    tellAll(Event.POST_CREATE_CONTAINER, container);
  }

  @Override
  public void startContainer(AboutContainer container) {
    List<Plugin> asked = plugins.wanting(Event.START_CONTAINER);
    if (!asked.isEmpty()) {
      ContainerRequest request = container.request();
      asked.forEach(plugin -> tell(plugin, Event.START_CONTAINER, request));
    }
  }

  @Override
  public void postStartContainer(AboutContainer container) {
    tellAll(Event.POST_START_CONTAINER, container);
  }

  @Override
  public LinuxContainerResources updateContainer(AboutContainer container, LinuxContainerResources asked) {
    List<Plugin> wanting = plugins.wanting(Event.UPDATE_CONTAINER);
    if (wanting.isEmpty()) {
      return asked;
    }
    LinuxResources before = CriLimits.toNri(asked);
    Updates updates = Updates.whileUpdating(container.id(), before);
    ContainerRequest about = container.request();
    for (Plugin plugin : wanting) {
      UpdateContainerRequest request =
          UpdateContainerRequest.newBuilder().setPod(about.getPod()).setContainer(about.getContainer()).setLinuxResources(updates.own()).build();
      ask(plugin, Event.UPDATE_CONTAINER, request, UpdateContainerResponse.parser())
          .ifPresent(
              answer -> {
                updates.add(answer.getUpdateList(), plugin.toString());
                answer.getEvictList().forEach(eviction -> wishes.evict(eviction.getContainerId(), eviction.getReason()));
              });
    }
    wishes.update(updates.others());
    LinuxResources after = updates.own();
    return after.equals(before) ? asked : CriLimits.over(asked, after, "An NRI plugin, for container " + container.id() + ",");
  }

  @Override
  public void postUpdateContainer(AboutContainer container) {
    tellAll(Event.POST_UPDATE_CONTAINER, container);
  }

  @Override
  public void stopContainer(AboutContainer container) {
    container.end().once(() -> tellStop(container));
  }

  private void tellStop(AboutContainer container) {
    List<Plugin> wanting = plugins.wanting(Event.STOP_CONTAINER);
    if (wanting.isEmpty()) {
      return;
    }
    Updates updates = Updates.ofOthers();
    ContainerRequest request = container.request();
    for (Plugin plugin : wanting) {
      logged(
          Event.STOP_CONTAINER,
          container.id(),
          () ->
              ask(plugin, Event.STOP_CONTAINER, request, StopContainerResponse.parser())
                  .ifPresent(answer -> updates.add(answer.getUpdateList(), plugin.toString())));
    }
    wishes.update(updates.others());
  }

  @Override
  public void removeContainer(AboutContainer container) {
    plugins.containerMade(container.id());
    stopContainer(container);
    tellAll(Event.REMOVE_CONTAINER, container);
  }

  private void tellAll(Event event, AboutPod pod) {
    List<Plugin> wanting = plugins.wanting(event);
    if (!wanting.isEmpty()) {
      PodSandbox view = pod.view().get();
      wanting.forEach(plugin -> logged(event, pod.id(), () -> tell(plugin, event, view)));
    }
  }

  private void tellAll(Event event, AboutContainer container) {
    List<Plugin> wanting = plugins.wanting(event);
    if (!wanting.isEmpty()) {
      ContainerRequest request = container.request();
      wanting.forEach(plugin -> logged(event, container.id(), () -> tell(plugin, event, request)));
    }
  }

  /** For what has happened already, or must: a plugin that is against it is heard of in the log. */
  private static void logged(Event event, String id, Runnable call) {
    try {
      call.run();
    } catch (CriException e) {
      LOG.warn("{} of {} goes on: {}", EventNames.method(event), id, e.getMessage());
    }
  }

  private void tell(Plugin plugin, Event event, PodSandbox pod) {
    tell(plugin, event, PodRequest.newBuilder().setPod(pod).build(), StateChangeEvent.newBuilder().setEvent(event).setPod(pod).build());
  }

  private void tell(Plugin plugin, Event event, ContainerRequest request) {
    tell(
        plugin,
        event,
        request,
        StateChangeEvent.newBuilder().setEvent(event).setPod(request.getPod()).setContainer(request.getContainer()).build());
  }

  /** Plugins from before release 0.12 hear of these events in another way. */
  private void tell(Plugin plugin, Event event, Message request, StateChangeEvent old) {
    call(
        plugin,
        event,
        () -> {
          try {
            return plugin.call(EventNames.method(event), request, Empty.parser());
          } catch (CallRefused e) {
            if (e.code() != CallRefused.UNIMPLEMENTED) {
              throw e;
            }
            return plugin.call("StateChange", old, Empty.parser());
          }
        });
  }

  private <T> Optional<T> ask(Plugin plugin, Event event, Message request, Parser<T> answer) {
    return call(plugin, event, () -> plugin.call(EventNames.method(event), request, answer));
  }

  private interface Call<T> {
    T run() throws CallRefused, CallFailed;
  }

  /**
   * @return the answer; nothing if the plugin failed and the request goes on without it
   * @throws CriException if the plugin refuses; or failed, and the request may not go on
   */
  private <T> Optional<T> call(Plugin plugin, Event event, Call<T> call) {
    long began = System.nanoTime();
    boolean failed = true;
    try {
      T answer = call.run();
      failed = false;
      return Optional.of(answer);
    } catch (CallRefused e) {
      throw CriException.precondition(
          "NRI plugin " + plugin + " refused " + EventNames.method(event) + ": " + Words.printable(e.getMessage()) + "; its log may say more.");
    } catch (CallFailed e) {
      plugins.failed(plugin);
      LOG.error("NRI plugin {} is dropped, for in {} {}", plugin, EventNames.method(event), e.getMessage());
      if (plugin.onFailure() == NriSettings.OnFailure.FAIL) {
        throw new CriException(
            ErrorCode.UNAVAILABLE,
            "NRI plugin " + plugin + " failed in " + EventNames.method(event) + " (" + e.getMessage()
                + "), and nothing may be done without it (on_failure = \"fail\"); start it again.",
            e);
      }
      return Optional.empty();
    } finally {
      Journal.parts().ended(plugin + " " + EventNames.method(event), began, failed);
      times.answered(plugin.toString(), EventNames.method(event), System.nanoTime() - began, failed);
    }
  }

}
