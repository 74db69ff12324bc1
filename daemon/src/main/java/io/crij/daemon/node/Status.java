package io.crij.daemon.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.crij.core.CriException;
import io.crij.core.Json;
import io.crij.cri.RuntimeCondition;
import io.crij.cri.RuntimeFeatures;
import io.crij.cri.RuntimeHandler;
import io.crij.cri.RuntimeHandlerFeatures;
import io.crij.cri.RuntimeStatus;
import io.crij.cri.StatusRequest;
import io.crij.cri.StatusResponse;
import io.crij.daemon.config.Config;
import io.crij.netns.NetworkStatus;
import io.crij.netns.PodNetwork;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Whether pods can be started here, and what this runtime can do. kubelet asks every five seconds. */
public final class Status {
  /** The built-in launcher, and the default. */
  public static final String HANDLER = "crij";

  private final Config config;
  private final NodeFacts facts;
  private final PodNetwork network;

  /**
   * What stays the same while the daemon runs.
   *
   * @param userNamespaces whether pods can have user namespaces: the kernel makes them, and the file systems of images and of
   *     kubelet's volumes can be mounted with mapped owners
   */
  public record NodeFacts(String runtimeVersion, String kernel, String cgroupVersion, String cgroupDriver, boolean userNamespaces) {}

  public Status(Config config, NodeFacts facts, PodNetwork network) {
    this.config = config;
    this.facts = facts;
    this.network = network;
  }

  public StatusResponse run(StatusRequest request) {
    NetworkStatus networkNow = network.status();
    StatusResponse.Builder answer =
        StatusResponse.newBuilder()
            .setStatus(
                RuntimeStatus.newBuilder()
                    .addConditions(condition("RuntimeReady", true, "", ""))
                    .addConditions(condition("NetworkReady", networkNow.ready(), networkNow.reason(), networkNow.message())))
            .setFeatures(
                RuntimeFeatures.newBuilder()
                    .setSupplementalGroupsPolicy(true)
                    .setUserNamespacesHostNetwork(facts.userNamespaces())
                    .setMountOptions(true));
    for (String name : List.of("", HANDLER)) {
      answer.addRuntimeHandlers(RuntimeHandler.newBuilder().setName(name).setFeatures(handlerFeatures()));
    }
    for (Config.Runtime runtime : config.runtimes()) {
      // runc and crun know recursive mount attributes, gVisor does not. User namespaces are the monitor's.
      answer.addRuntimeHandlers(
          RuntimeHandler.newBuilder()
              .setName(runtime.name())
              .setFeatures(RuntimeHandlerFeatures.newBuilder().setRecursiveReadOnlyMounts(!runtime.isolated()).setUserNamespaces(false)));
    }
    return request.getVerbose() ? answer.putInfo("config", info()).build() : answer.build();
  }

  /** kubelet refuses pods that need what is false here, before they reach this node. */
  private RuntimeHandlerFeatures handlerFeatures() {
    return RuntimeHandlerFeatures.newBuilder()
        // mount_setattr(2) with AT_RECURSIVE: without it the daemon does not start.
        .setRecursiveReadOnlyMounts(true)
        .setUserNamespaces(facts.userNamespaces())
        .build();
  }

  private static RuntimeCondition condition(String type, boolean ready, String reason, String message) {
    return RuntimeCondition.newBuilder().setType(type).setStatus(ready).setReason(reason).setMessage(message).build();
  }

  private String info() {
    Map<String, Object> info = new TreeMap<>();
    info.put("root", config.root().toString());
    info.put("run", config.run().toString());
    info.put("socket", config.socket().toString());
    info.put("cniConfDir", config.cni().confDir().toString());
    info.put("cniBinDirs", config.cni().binDirs().stream().map(Object::toString).toList());
    info.put("registryConfigPath", config.registry().configPath().toString());
    info.put("cgroupDriver", facts.cgroupDriver());
    info.put("cgroupVersion", facts.cgroupVersion());
    info.put("kernel", facts.kernel());
    info.put("runtimeVersion", facts.runtimeVersion());
    info.put("maxParallelDownloads", config.images().maxParallelDownloads());
    info.put("nriEnabled", config.nri().enable());
    info.put("nriSocket", config.nri().settings().socket().toString());
    try {
      return Json.OWN.writeValueAsString(info);
    } catch (JsonProcessingException e) {
      throw CriException.internal("The runtime's configuration cannot be written as JSON.", e);
    }
  }
}
