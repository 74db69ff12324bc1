package io.crij.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every network of pods does. Run with a made-up plugin runner and with real plugins. */
abstract class PodNetworkContract {
  /** The network under test; a second call is the same node after a restart of the daemon. */
  abstract PodNetwork network() throws Exception;

  /** A namespace for the pod. */
  abstract Path netns(ObjectId sandbox) throws Exception;

  /** Takes the namespace away, as a reboot does. */
  abstract void dropNetns(ObjectId sandbox) throws Exception;

  /** Addresses that the network holds for pods. */
  abstract Set<String> leases() throws Exception;

  /** Makes the second plugin of the chain fail its ADD from now on. */
  abstract void breakSecondPlugin() throws Exception;

  NetworkRequest request(ObjectId sandbox) throws Exception {
    return new NetworkRequest(
        sandbox, "default", "web", "uid-1", netns(sandbox), List.of(), Map.of(), NetworkRequest.Dns.NONE);
  }

  @Test
  void aPodGetsAnAddressAndGivesItBack() throws Exception {
    PodNetwork network = network();
    ObjectId sandbox = ObjectId.random();
    NetworkResult result = network.add(request(sandbox));
    assertThat(result.ips()).hasSize(1);
    assertThat(result.ips().getFirst()).doesNotContain("/");
    assertThat(leases()).containsExactlyElementsOf(result.ips());
    assertThatCode(() -> network.check(sandbox)).doesNotThrowAnyException();
    network.remove(sandbox);
    assertThat(leases()).isEmpty();
    assertThat(network.result(sandbox)).isEmpty();
    assertThatThrownBy(() -> network.check(sandbox)).isInstanceOf(CriException.class);
  }

  @Test
  void removingTwiceAndRemovingTheUnknownSucceed() throws Exception {
    PodNetwork network = network();
    ObjectId sandbox = ObjectId.random();
    network.remove(sandbox);
    network.add(request(sandbox));
    network.remove(sandbox);
    network.remove(sandbox);
    assertThat(leases()).isEmpty();
  }

  @Test
  void twoPodsHaveDifferentAddresses() throws Exception {
    PodNetwork network = network();
    ObjectId one = ObjectId.random();
    ObjectId two = ObjectId.random();
    String first = network.add(request(one)).ips().getFirst();
    String second = network.add(request(two)).ips().getFirst();
    assertThat(first).isNotEqualTo(second);
    network.remove(one);
    assertThat(leases()).containsExactly(second);
    network.remove(two);
  }

  @Test
  void aRestartedDaemonKnowsWhatWasGivenAndTakesItBack() throws Exception {
    ObjectId sandbox = ObjectId.random();
    NetworkResult given = network().add(request(sandbox));
    assertThat(network().result(sandbox)).contains(given);
    network().remove(sandbox);
    assertThat(leases()).isEmpty();
  }

  @Test
  void theAddressIsGivenBackWithoutTheNamespace() throws Exception {
    ObjectId sandbox = ObjectId.random();
    network().add(request(sandbox));
    dropNetns(sandbox);
    network().remove(sandbox);
    assertThat(leases()).isEmpty();
  }

  @Test
  void aFailureInTheMiddleTakesBackWhatWasDoneAndTheNextTryIsFree() throws Exception {
    PodNetwork network = network();
    breakSecondPlugin();
    ObjectId sandbox = ObjectId.random();
    NetworkRequest request = request(sandbox);
    assertThatThrownBy(() -> network.add(request))
        .isInstanceOf(CriException.class)
        .hasMessageContaining("default/web")
        .hasCauseInstanceOf(CniException.class);
    assertThat(leases()).isEmpty();
    assertThat(network.result(sandbox)).isEmpty();
    network.remove(sandbox);
  }

  @Test
  void podsThatAreGoneAreDisconnectedByGc() throws Exception {
    PodNetwork network = network();
    ObjectId live = ObjectId.random();
    ObjectId gone = ObjectId.random();
    NetworkResult stays = network.add(request(live));
    network.add(request(gone));
    network.gc(Set.of(live));
    assertThat(leases()).containsExactlyElementsOf(stays.ips());
    assertThat(network.result(gone)).isEmpty();
    network.remove(live);
  }

  @Test
  void aConfiguredNetworkIsReady() throws Exception {
    assertThat(network().status()).isEqualTo(NetworkStatus.READY);
  }
}
