package io.crij.nri;

import io.crij.core.CriException;
import io.crij.nri.api.Container;
import io.crij.nri.api.ContainerAdjustment;
import io.crij.nri.api.ContainerEviction;
import io.crij.nri.api.ContainerUpdate;
import io.crij.nri.api.CreateContainerResponse;
import io.crij.nri.api.Field;
import io.crij.nri.api.Hooks;
import io.crij.nri.api.KeyValue;
import io.crij.nri.api.LinuxContainer;
import io.crij.nri.api.LinuxContainerAdjustment;
import io.crij.nri.api.LinuxDevice;
import io.crij.nri.api.LinuxNamespace;
import io.crij.nri.api.LinuxRdt;
import io.crij.nri.api.Mount;
import io.crij.nri.api.OwningPlugins;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Collects what the plugins, one after the other, ask to have different in a container that is about to be made. The next plugin
 * sees the container as those before it left it. What two plugins set is refused.
 *
 * <p>A name that begins with a minus takes the entry of that name away; with an entry of the same name in the same answer, it
 * replaces it.
 */
final class Adjustments {
  private final String id;
  private final Container.Builder container;
  private final ContainerAdjustment.Builder collected = ContainerAdjustment.newBuilder();
  private final Owners owners = new Owners();
  private final Updates updates;
  private final List<ContainerEviction> evictions = new ArrayList<>();

  Adjustments(Container container) {
    this.id = container.getId();
    this.container = container.toBuilder();
    this.updates = Updates.whileCreating(id, owners);
  }

  /** The container as the next plugin is to see it. */
  Container container() {
    return container.build();
  }

  /** @throws CriException FAILED_PRECONDITION, naming both plugins, on a conflict; INVALID_ARGUMENT for what is not known here */
  void add(CreateContainerResponse answer, String plugin) {
    KnownFields.check(answer, plugin);
    adjust(answer.getAdjust(), plugin);
    updates.add(answer.getUpdateList(), plugin);
    evictions.addAll(answer.getEvictList());
  }

  ContainerAdjustment adjustment() {
    return collected.build();
  }

  List<ContainerUpdate> updates() {
    return updates.others();
  }

  List<ContainerEviction> evictions() {
    return List.copyOf(evictions);
  }

  OwningPlugins owners() {
    return owners.toMessage();
  }

  private void adjust(ContainerAdjustment asked, String plugin) {
    annotations(asked.getAnnotationsMap(), plugin);
    mounts(asked.getMountsList(), plugin);
    env(asked.getEnvList(), plugin);
    args(asked.getArgsList(), plugin);
    if (asked.hasHooks() && !asked.getHooks().equals(Hooks.getDefaultInstance())) {
      owners.share(id, Field.OCI_HOOKS, plugin);
      collected.mergeHooks(asked.getHooks());
      container.mergeHooks(asked.getHooks());
    }
    asked
        .getRlimitsList()
        .forEach(
            limit -> {
              owners.claim(id, Field.RLIMITS, limit.getType(), plugin);
              collected.addRlimits(limit);
              container.addRlimits(limit);
            });
    asked
        .getCDIDevicesList()
        .forEach(
            device -> {
              owners.claim(id, Field.CDI_DEVICES, device.getName(), plugin);
              collected.addCDIDevices(device);
            });
    if (asked.hasLinux()) {
      linux(asked.getLinux(), plugin);
    }
  }

  private void annotations(Map<String, String> asked, String plugin) {
    Entries.Maps maps = Entries.split(asked);
    maps.removed().forEach(key -> {
      owners.clear(id, Field.ANNOTATIONS, key, plugin);
      container.removeAnnotations(key);
      collected.removeAnnotations(key);
      collected.putAnnotations(Entries.marked(key), "");
    });
    maps.set().forEach((key, value) -> {
      owners.claim(id, Field.ANNOTATIONS, key, plugin);
      container.putAnnotations(key, value);
      collected.putAnnotations(key, value);
    });
  }

  private void sysctls(Map<String, String> asked, LinuxContainer.Builder linux, LinuxContainerAdjustment.Builder result, String plugin) {
    Entries.Maps maps = Entries.split(asked);
    maps.removed().forEach(key -> {
      owners.clear(id, Field.SYSCTL, key, plugin);
      linux.removeSysctl(key);
      result.removeSysctl(key);
      result.putSysctl(Entries.marked(key), "");
    });
    maps.set().forEach((key, value) -> {
      owners.claim(id, Field.SYSCTL, key, plugin);
      linux.putSysctl(key, value);
      result.putSysctl(key, value);
    });
  }

  private void mounts(List<Mount> asked, String plugin) {
    Entries<Mount> entries = new Entries<>(asked, Mount::getDestination);
    List<Mount> next = entries.merge(collected.getMountsList(), claims(Field.MOUNTS, plugin));
    List<Mount> seen = entries.view(container.getMountsList());
    collected.clearMounts().addAllMounts(next);
    container.clearMounts().addAllMounts(seen);
  }

  private void env(List<KeyValue> asked, String plugin) {
    Entries<KeyValue> entries = new Entries<>(asked, KeyValue::getKey);
    List<KeyValue> next = entries.merge(collected.getEnvList(), claims(Field.ENV, plugin));
    List<String> seen =
        entries.view(container.getEnvList().stream().map(Adjustments::variable).toList()).stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .toList();
    collected.clearEnv().addAllEnv(next);
    container.clearEnv().addAllEnv(seen);
  }

  private static KeyValue variable(String text) {
    int equals = text.indexOf('=');
    return equals < 0
        ? KeyValue.newBuilder().setKey(text).build()
        : KeyValue.newBuilder().setKey(text.substring(0, equals)).setValue(text.substring(equals + 1)).build();
  }

  /** An empty first word says that those of another plugin are to be replaced. */
  private void args(List<String> asked, String plugin) {
    if (asked.isEmpty()) {
      return;
    }
    List<String> args = asked;
    if (args.getFirst().isEmpty()) {
      owners.clear(id, Field.ARGS, plugin);
      args = args.subList(1, args.size());
    }
    owners.claim(id, Field.ARGS, plugin);
    collected.clearArgs().addAllArgs(args);
    container.clearArgs().addAllArgs(args);
  }

  private void linux(LinuxContainerAdjustment asked, String plugin) {
    LinuxContainer.Builder linux = container.getLinuxBuilder();
    LinuxContainerAdjustment.Builder result = collected.getLinuxBuilder();
    Entries<LinuxDevice> devices =
        new Entries<>(asked.getDevicesList(), LinuxDevice::getPath);
    List<LinuxDevice> nextDevices = devices.merge(result.getDevicesList(), claims(Field.DEVICES, plugin));
    List<LinuxDevice> seenDevices = devices.view(linux.getDevicesList());
    result.clearDevices().addAllDevices(nextDevices);
    linux.clearDevices().addAllDevices(seenDevices);
    if (asked.hasResources()) {
      new ResourceMerge(owners, id, plugin).apply(asked.getResources(), result.getResourcesBuilder());
      linux.getResourcesBuilder().mergeFrom(asked.getResources());
    }
    namespaces(asked.getNamespacesList(), linux, result, plugin);
    sysctls(asked.getSysctlMap(), linux, result, plugin);
    single(asked, linux, result, plugin);
    asked
        .getNetDevicesMap()
        .forEach(
            (name, device) -> {
              owners.claim(id, Field.LINUX_NET_DEVICES, name, plugin);
              result.putNetDevices(name, device);
            });
    if (asked.hasRdt()) {
      rdt(asked.getRdt(), result.getRdtBuilder(), plugin);
    }
  }

  private void single(
      LinuxContainerAdjustment asked, LinuxContainer.Builder linux, LinuxContainerAdjustment.Builder result, String plugin) {
    if (!asked.getCgroupsPath().isEmpty()) {
      owners.claim(id, Field.CGROUPS_PATH, plugin);
      result.setCgroupsPath(asked.getCgroupsPath());
      linux.setCgroupsPath(asked.getCgroupsPath());
    }
    if (asked.hasOomScoreAdj()) {
      owners.claim(id, Field.OOM_SCORE_ADJ, plugin);
      result.setOomScoreAdj(asked.getOomScoreAdj());
      linux.setOomScoreAdj(asked.getOomScoreAdj());
    }
    if (asked.hasIoPriority()) {
      owners.claim(id, Field.IO_PRIORITY, plugin);
      result.setIoPriority(asked.getIoPriority());
      linux.setIoPriority(asked.getIoPriority());
    }
    if (asked.hasSeccompPolicy()) {
      owners.claim(id, Field.SECCOMP_POLICY, plugin);
      result.setSeccompPolicy(asked.getSeccompPolicy());
      linux.setSeccompPolicy(asked.getSeccompPolicy());
    }
    if (asked.hasScheduler()) {
      owners.claim(id, Field.LINUX_SCHED, plugin);
      result.setScheduler(asked.getScheduler());
      linux.setScheduler(asked.getScheduler());
    }
    if (asked.hasMemoryPolicy()) {
      owners.claim(id, Field.MEMORY_POLICY, plugin);
      result.setMemoryPolicy(asked.getMemoryPolicy());
    }
  }

  private void namespaces(
      List<LinuxNamespace> asked, LinuxContainer.Builder linux, LinuxContainerAdjustment.Builder result, String plugin) {
    for (LinuxNamespace namespace : asked) {
      String type = Entries.unmarked(namespace.getType());
      owners.claim(id, Field.NAMESPACE, type, plugin);
      result.addNamespaces(namespace);
      List<LinuxNamespace> seen =
          new ArrayList<>(linux.getNamespacesList().stream().filter(old -> !old.getType().equals(type)).toList());
      if (!Entries.isMarked(namespace.getType())) {
        seen.add(namespace);
      }
      linux.clearNamespaces().addAllNamespaces(seen);
    }
  }

  private void rdt(LinuxRdt asked, LinuxRdt.Builder result, String plugin) {
    if (asked.getRemove()) {
      owners.clear(id, Field.RDT_CLOS_ID, plugin);
      owners.clear(id, Field.RDT_SCHEMATA, plugin);
      owners.clear(id, Field.RDT_ENABLE_MONITORING, plugin);
      result.clear().setRemove(true);
    }
    if (asked.hasClosId()) {
      owners.claim(id, Field.RDT_CLOS_ID, plugin);
      result.setRemove(false).setClosId(asked.getClosId());
    }
    if (asked.hasSchemata()) {
      owners.claim(id, Field.RDT_SCHEMATA, plugin);
      result.setRemove(false).setSchemata(asked.getSchemata());
    }
    if (asked.hasEnableMonitoring()) {
      owners.claim(id, Field.RDT_ENABLE_MONITORING, plugin);
      result.setRemove(false).setEnableMonitoring(asked.getEnableMonitoring());
    }
  }

  private Entries.Claims claims(Field field, String plugin) {
    return new Entries.Claims() {
      @Override
      public void set(String key) {
        owners.claim(id, field, key, plugin);
      }

      @Override
      public void removed(String key) {
        owners.clear(id, field, key, plugin);
      }
    };
  }
}
