package io.crij.nri;

import io.crij.core.CriException;
import io.crij.nri.api.ContainerUpdate;
import io.crij.nri.api.LinuxResources;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects the changes of limits that plugins ask for in their answers, container by container. */
final class Updates {
  private final Owners owners;
  private final @Nullable String creating;
  private final @Nullable String updating;
  private final Map<String, ContainerUpdate.Builder> byContainer = new LinkedHashMap<>();

  private Updates(Owners owners, @Nullable String creating, @Nullable String updating) {
    this.owners = owners;
    this.creating = creating;
    this.updating = updating;
  }

  /** In answers to an event after which no limits are set. */
  static Updates ofOthers() {
    return new Updates(new Owners(), null, null);
  }

  /** In answers to CreateContainer, where the new one is adjusted instead. */
  static Updates whileCreating(String container, Owners owners) {
    return new Updates(owners, container, null);
  }

  /** In answers to UpdateContainer, which may change what was asked for. */
  static Updates whileUpdating(String container, LinuxResources asked) {
    Updates updates = new Updates(new Owners(), null, container);
    ContainerUpdate.Builder own = ContainerUpdate.newBuilder().setContainerId(container);
    own.getLinuxBuilder().setResources(asked);
    updates.byContainer.put(container, own);
    return updates;
  }

  /** @throws CriException FAILED_PRECONDITION on a conflict, unless the plugin can do without */
  void add(List<ContainerUpdate> asked, String plugin) {
    for (ContainerUpdate update : asked) {
      KnownFields.check(update, plugin);
      if (update.getContainerId().equals(creating)) {
        throw CriException.precondition(
            "NRI plugin " + plugin + " asks to update container " + creating + " while it is being made; it can adjust it instead.");
      }
      try {
        add(update, plugin);
      } catch (CriException e) {
        if (!update.getIgnoreFailure()) {
          throw e;
        }
      }
    }
  }

  private void add(ContainerUpdate update, String plugin) {
    String id = update.getContainerId();
    ContainerUpdate.Builder known = byContainer.get(id);
    ContainerUpdate.Builder next =
        known == null ? ContainerUpdate.newBuilder().setContainerId(id).setIgnoreFailure(update.getIgnoreFailure()) : known.clone();
    next.setIgnoreFailure(next.getIgnoreFailure() && update.getIgnoreFailure());
    new ResourceMerge(owners, id, plugin).apply(update.getLinux().getResources(), next.getLinuxBuilder().getResourcesBuilder());
    // Only whole: what a conflict interrupts changes nothing.
    byContainer.put(id, next);
  }

  /** Those of containers that the event is not about. */
  List<ContainerUpdate> others() {
    return byContainer.values().stream()
        .filter(update -> !update.getContainerId().equals(updating))
        .map(ContainerUpdate.Builder::build)
        .toList();
  }

  /** For {@link #whileUpdating}: what is to be set. */
  LinuxResources own() {
    ContainerUpdate.Builder own = byContainer.get(updating);
    return own == null ? LinuxResources.getDefaultInstance() : own.getLinux().getResources();
  }
}
