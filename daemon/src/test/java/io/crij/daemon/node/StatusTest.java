package io.crij.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.core.Json;
import io.crij.core.ObjectId;
import io.crij.cri.RuntimeCondition;
import io.crij.cri.RuntimeHandler;
import io.crij.cri.StatusRequest;
import io.crij.cri.StatusResponse;
import io.crij.daemon.config.Config;
import io.crij.netns.NetworkRequest;
import io.crij.netns.NetworkResult;
import io.crij.netns.NetworkStatus;
import io.crij.netns.PodNetwork;
import io.crij.nri.NriSettings;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StatusTest {
  private static final Config CONFIG =
      new Config(
          Path.of("/root"),
          Path.of("/run"),
          Path.of("/run/crij.sock"),
          List.of(),
          new Config.Log("info", Config.LogFormat.TEXT),
          new Config.Cni(Path.of("/etc/cni/net.d"), List.of(Path.of("/opt/cni/bin")), null),
          new Config.Registry(Path.of("/etc/crij/certs.d"), Path.of("/etc/crij/registries.conf"), Path.of("/etc/crij/auth.json"), "", "", ""),
          new Config.Cgroup(Config.CgroupDriver.CGROUPFS),
          new Config.Images(3, Path.of("/etc/crij/policy.json"), Path.of("/etc/crij/policies"), List.of()),
          new Config.Stats(Duration.ofSeconds(10)),
          new Config.Streaming(InetAddress.getLoopbackAddress(), 0, Config.StreamingTls.OFF, null, null, Duration.ofHours(4)),
          new Config.Metrics(null),
          new Config.Tracing(null, true, 0),
          new Config.Nri(
              false,
              new NriSettings(
                  Path.of("/run/nri.sock"), Path.of("/opt/nri"), Path.of("/etc/nri"), Duration.ofSeconds(5), Duration.ofSeconds(2),
                  NriSettings.OnFailure.IGNORE, List.of())),
          List.of(new Config.Runtime("runc", Path.of("/usr/sbin/runc"), null, false, List.of())),
          new Config.Hooks(List.of()));

  private record Network(NetworkStatus status) implements PodNetwork {
    @Override
    public NetworkResult add(NetworkRequest request) {
      throw new AssertionError("Status must not touch pods");
    }

    @Override
    public void remove(ObjectId sandbox) {
      throw new AssertionError("Status must not touch pods");
    }

    @Override
    public void check(ObjectId sandbox) {
      throw new AssertionError("Status must not touch pods");
    }

    @Override
    public Optional<NetworkResult> result(ObjectId sandbox) {
      return Optional.empty();
    }

    @Override
    public void gc(Set<ObjectId> live) {
      throw new AssertionError("Status must not touch pods");
    }
  }

  private static StatusResponse status(NetworkStatus network, boolean verbose) {
    return status(network, verbose, true);
  }

  private static StatusResponse status(NetworkStatus network, boolean verbose, boolean userNamespaces) {
    return new Status(CONFIG, new Status.NodeFacts("0.1.0", "6.1.0", "v2", "cgroupfs", userNamespaces), new Network(network))
        .run(StatusRequest.newBuilder().setVerbose(verbose).build());
  }

  @Test
  void bothConditionsAreAlwaysThere() {
    StatusResponse ready = status(new NetworkStatus(true, "", ""), false);
    assertThat(ready.getStatus().getConditionsList()).extracting(RuntimeCondition::getType).containsExactly("RuntimeReady", "NetworkReady");
    assertThat(ready.getStatus().getConditionsList()).allMatch(RuntimeCondition::getStatus);
    assertThat(ready.getInfoMap()).isEmpty();
  }

  @Test
  void aNodeWithoutNetworkSaysWhy() {
    RuntimeCondition network =
        status(new NetworkStatus(false, "NetworkPluginNotReady", "No network in /etc/cni/net.d."), false).getStatus().getConditions(1);
    assertThat(network.getStatus()).isFalse();
    assertThat(network.getReason()).isEqualTo("NetworkPluginNotReady");
    assertThat(network.getMessage()).contains("/etc/cni/net.d");
  }

  @Test
  void theDefaultHandlerStandsUnderBothItsNames() {
    assertThat(status(new NetworkStatus(true, "", ""), false).getRuntimeHandlersList())
        .extracting(RuntimeHandler::getName)
        .containsExactly("", "crij", "runc");
  }

  @Test
  void whatThisNodeCannotDoIsNotAnnounced() {
    StatusResponse can = status(new NetworkStatus(true, "", ""), false, true);
    StatusResponse cannot = status(new NetworkStatus(true, "", ""), false, false);
    assertThat(can.getFeatures().getSupplementalGroupsPolicy()).isTrue();
    assertThat(can.getFeatures().getMountOptions()).isTrue();
    assertThat(can.getFeatures().getUserNamespacesHostNetwork()).isTrue();
    assertThat(can.getRuntimeHandlers(2).getFeatures().getUserNamespaces()).isFalse();
    assertThat(can.getRuntimeHandlersList().subList(0, 2))
        .allMatch(handler -> handler.getFeatures().getRecursiveReadOnlyMounts() && handler.getFeatures().getUserNamespaces());
    assertThat(cannot.getFeatures().getUserNamespacesHostNetwork()).isFalse();
    assertThat(cannot.getRuntimeHandlersList())
        .allMatch(handler -> handler.getFeatures().getRecursiveReadOnlyMounts() && !handler.getFeatures().getUserNamespaces());
  }

  @Test
  void verboseInfoIsJson() throws Exception {
    String info = status(new NetworkStatus(true, "", ""), true).getInfoOrThrow("config");
    assertThat(Json.FOREIGN.readTree(info).path("cniConfDir").textValue()).isEqualTo("/etc/cni/net.d");
  }
}
