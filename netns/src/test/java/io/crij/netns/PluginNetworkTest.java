package io.crij.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Json;
import io.crij.core.ObjectId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginNetworkTest extends PodNetworkContract {
  @TempDir Path root;

  private final FakePlugins plugins = new FakePlugins();
  private final ObjectId sandbox = ObjectId.random();

  @BeforeEach
  void pluginsAndAConfiguration() throws IOException {
    for (String name : List.of("fake-ipam", "fake-ports", "fake-shape")) {
      install(name);
    }
    Files.createDirectories(root.resolve("net.d"));
    configure("1.0.0");
  }

  private void install(String name) throws IOException {
    Path file = Files.createDirectories(root.resolve("bin")).resolve(name);
    Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
  }

  private void configure(String version) throws IOException {
    Files.writeString(
        root.resolve("net.d/10-test.conflist"),
        """
        {"cniVersion":"%s","name":"test","plugins":[
          {"type":"fake-ipam","ipam":{"subnet":"10.9.0.0/24"}},
          {"type":"fake-ports","capabilities":{"portMappings":true,"dns":false}},
          {"type":"fake-shape","capabilities":{"bandwidth":true}}]}
        """
            .formatted(version));
  }

  @Override
  PluginNetwork network() {
    return new PluginNetwork(
        root.resolve("net.d"),
        List.of(root.resolve("absent"), root.resolve("bin")),
        root.resolve("records"),
        plugins,
        PluginNetwork.Deadlines.DEFAULT,
        root.resolve("netns"));
  }

  @Override
  Path netns(ObjectId id) {
    return PodNetns.path(id);
  }

  @Override
  void dropNetns(ObjectId id) {
    assertThat(netns(id)).doesNotExist();
  }

  @Override
  Set<String> leases() {
    return new TreeSet<>(plugins.leases.values());
  }

  @Override
  void breakSecondPlugin() {
    plugins.answer("fake-ports ADD", 1, "{\"cniVersion\":\"1.0.0\",\"code\":101,\"msg\":\"port is taken\",\"details\":\"by nginx\"}");
  }

  @Test
  void pluginsAreChainedAndTakenDownInReverse() throws Exception {
    PluginNetwork network = network();
    network.add(request(sandbox));
    network.remove(sandbox);
    assertThat(plugins.labels())
        .containsExactly("fake-ipam ADD", "fake-ports ADD", "fake-shape ADD", "fake-shape DEL", "fake-ports DEL", "fake-ipam DEL");
    JsonNode first = plugins.last("fake-ipam ADD").stdin();
    assertThat(first.path("name").asText()).isEqualTo("test");
    assertThat(first.path("cniVersion").asText()).isEqualTo("1.0.0");
    assertThat(first.path("ipam").path("subnet").asText()).isEqualTo("10.9.0.0/24");
    assertThat(first.has("prevResult")).isFalse();
    assertThat(plugins.last("fake-shape ADD").stdin().path("prevResult").path("ips").path(0).path("address").asText())
        .isEqualTo("10.9.0.2/24");
    assertThat(plugins.last("fake-ipam DEL").stdin().path("prevResult").path("ips")).hasSize(1);
  }

  @Test
  void theEnvironmentIsTheSpecsAndNothingElse() throws Exception {
    network().add(request(sandbox));
    assertThat(plugins.last("fake-ipam ADD").env())
        .containsOnlyKeys("CNI_COMMAND", "CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_ARGS", "CNI_PATH", "PATH")
        .containsEntry("CNI_CONTAINERID", sandbox.hex())
        .containsEntry("CNI_NETNS", netns(sandbox).toString())
        .containsEntry("CNI_IFNAME", "eth0")
        .containsEntry("CNI_PATH", root.resolve("absent") + ":" + root.resolve("bin"))
        .containsEntry(
            "CNI_ARGS",
            "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=" + sandbox + ";K8S_POD_UID=uid-1");
  }

  @Test
  void capabilitiesGoToThePluginsThatDeclareThem() throws Exception {
    NetworkRequest request =
        new NetworkRequest(
            sandbox,
            "default",
            "web",
            "uid-1",
            netns(sandbox),
            List.of(
                new NetworkRequest.PortMapping(NetworkRequest.Protocol.TCP, 80, 8080, ""),
                new NetworkRequest.PortMapping(NetworkRequest.Protocol.UDP, 53, 0, ""),
                new NetworkRequest.PortMapping(NetworkRequest.Protocol.SCTP, 9, 9, "::1")),
            Map.of("kubernetes.io/ingress-bandwidth", "10M", "kubernetes.io/egress-bandwidth", "512Ki"),
            new NetworkRequest.Dns(List.of("10.0.0.10"), List.of(), List.of()));
    network().add(request);
    assertThat(plugins.last("fake-ipam ADD").stdin().has("runtimeConfig")).isFalse();
    JsonNode ports = plugins.last("fake-ports ADD").stdin();
    assertThat(ports.has("capabilities")).as("not the plugin's business").isFalse();
    assertThat(ports.path("runtimeConfig"))
        .isEqualTo(
            Json.FOREIGN.readTree(
                """
                {"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp"},
                                 {"hostPort":9,"containerPort":9,"protocol":"sctp","hostIP":"::1"}]}
                """));
    JsonNode bandwidth = plugins.last("fake-shape ADD").stdin().path("runtimeConfig").path("bandwidth");
    assertThat(bandwidth.path("ingressRate").asLong()).isEqualTo(10_000_000);
    assertThat(bandwidth.path("egressRate").asLong()).isEqualTo(524_288);
    network().remove(sandbox);
    assertThat(plugins.last("fake-ports DEL").stdin().path("runtimeConfig")).as("DEL as ADD").isEqualTo(ports.path("runtimeConfig"));
  }

  @Test
  void aPluginsErrorIsTyped() throws Exception {
    breakSecondPlugin();
    NetworkRequest request = request(sandbox);
    assertThatThrownBy(() -> network().add(request))
        .hasMessageContaining("'fake-ports' failed ADD (code 101): port is taken (by nginx)")
        .cause()
        .isInstanceOfSatisfying(
            CniException.class,
            e -> {
              assertThat(e.plugin()).isEqualTo("fake-ports");
              assertThat(e.code()).isEqualTo(101);
              assertThat(e.details()).isEqualTo("by nginx");
            });
    assertThat(root.resolve("records").resolve(sandbox.hex())).doesNotExist();
  }

  @Test
  void aHangingPluginIsADeadlineAndIsTakenDown() throws Exception {
    plugins.hang("fake-ports ADD");
    NetworkRequest request = request(sandbox);
    assertThatThrownBy(() -> network().add(request))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED))
        .hasMessageContaining("fake-ports")
        .hasMessageContaining("was killed");
    assertThat(leases()).isEmpty();
  }

  @Test
  void tryAgainLaterIsUnavailable() throws Exception {
    plugins.answer("fake-ipam ADD", 1, "{\"code\":11,\"msg\":\"no daemon yet\"}");
    NetworkRequest request = request(sandbox);
    assertThatThrownBy(() -> network().add(request))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
  }

  @Test
  void garbageIsNoResult() throws Exception {
    NetworkRequest request = request(sandbox);
    for (String answer : List.of("", "hello", "[]", "{\"ips\":{}}", "{\"cniVersion\":\"9.0.0\"}", "{}", "{\"ips\":[{\"address\":\"web/24\"}]}")) {
      plugins.answer("fake-shape ADD", 0, answer);
      assertThatThrownBy(() -> network().add(request)).as(answer).isInstanceOf(CriException.class);
      assertThat(leases()).as(answer).isEmpty();
    }
    plugins.answer("fake-shape ADD", 2, "segmentation fault");
    assertThatThrownBy(() -> network().add(request)).hasMessageContaining("exit code 2").hasMessageContaining("segmentation fault");
  }

  @Test
  void aFailingDelStopsNoOtherPluginAndIsTriedAgain() throws Exception {
    network().add(request(sandbox));
    plugins.answer("fake-ports DEL", 1, "{\"code\":5,\"msg\":\"iptables is busy\"}");
    assertThatThrownBy(() -> network().remove(sandbox)).hasMessageContaining("iptables is busy");
    assertThat(leases()).as("the address is free all the same").isEmpty();
    assertThat(network().result(sandbox)).as("still known").isPresent();
    plugins.heal();
    network().remove(sandbox);
    assertThat(network().result(sandbox)).isEmpty();
  }

  @Test
  void anUnknownContainerIsNoFailureOfDel() throws Exception {
    network().add(request(sandbox));
    plugins.answer("fake-ports DEL", 1, "{\"code\":3,\"msg\":\"who?\"}");
    network().remove(sandbox);
    assertThat(network().result(sandbox)).isEmpty();
  }

  @Test
  void aCrashInTheMiddleOfAddIsCleanedUpWithoutAResult() throws Exception {
    PluginNetwork network = network();
    network.add(request(sandbox));
    // What is on disk when the daemon dies while ADD runs: the intent alone.
    AttachmentStore store = new AttachmentStore(root.resolve("records"));
    AttachmentRecord record = ((AttachmentStore.Found.Attached) store.read(sandbox)).record();
    store.intend(sandbox, new AttachmentRecord(record.config(), record.netns(), record.arguments(), record.capabilities(), null));
    network().gc(Set.of());
    assertThat(leases()).isEmpty();
    assertThat(plugins.last("fake-ipam DEL").stdin().has("prevResult")).isFalse();
    assertThat(plugins.last("fake-ipam DEL").env()).containsEntry("CNI_NETNS", "");
  }

  @Test
  void aTornRecordIsTakenDownByThePresentConfiguration() throws Exception {
    network().add(request(sandbox));
    Path file = root.resolve("records").resolve(sandbox.hex());
    Files.writeString(file, Files.readString(file).substring(0, 100));
    network().remove(sandbox);
    assertThat(leases()).isEmpty();
    assertThat(file).doesNotExist();
    assertThat(root.resolve("records/quarantine")).isDirectory();
  }

  @Test
  void delRunsWhatAddRanAfterTheConfigurationChanged() throws Exception {
    network().add(request(sandbox));
    install("other");
    Files.writeString(root.resolve("net.d/00-new.conf"), "{\"cniVersion\":\"1.0.0\",\"name\":\"new\",\"type\":\"other\"}");
    network().remove(sandbox);
    assertThat(plugins.labels()).contains("fake-ipam DEL").doesNotContain("other DEL");
    assertThat(leases()).isEmpty();
  }

  @Test
  void oldVersionsGetNoResultOnDelAndNoCheck() throws Exception {
    configure("0.3.1");
    network().add(request(sandbox));
    network().check(sandbox);
    network().remove(sandbox);
    assertThat(plugins.last("fake-ports ADD").stdin().path("prevResult").path("ips").path(0).path("version").asText()).isEqualTo("4");
    assertThat(plugins.last("fake-ports DEL").stdin().has("prevResult")).isFalse();
    assertThat(plugins.labels()).doesNotContain("fake-ipam CHECK", "fake-ipam GC", "fake-ipam STATUS");
  }

  @Test
  void gcAndStatusAreUsedFromVersion110() throws Exception {
    configure("1.1.0");
    PluginNetwork network = network();
    network.add(request(sandbox));
    network.gc(Set.of(sandbox));
    assertThat(plugins.last("fake-ipam GC").stdin().path("cni.dev/valid-attachments"))
        .isEqualTo(Json.FOREIGN.readTree("[{\"containerID\":\"" + sandbox + "\",\"ifname\":\"eth0\"}]"));
    assertThat(network.status().ready()).isTrue();
    plugins.answer("fake-shape STATUS", 1, "{\"code\":50,\"msg\":\"the agent is not up\"}");
    assertThat(network.status().reason()).isEqualTo("NetworkPluginNotReady");
    assertThat(network.status().message()).contains("the agent is not up").contains("'test'");
  }

  @Test
  void gcSparesThePodsOfAnotherDaemon() throws Exception {
    configure("1.1.0");
    PluginNetwork network = network();
    network.add(request(sandbox));
    Files.createDirectories(root.resolve("netns"));
    Files.createFile(root.resolve("netns").resolve("crij-" + sandbox.shortHex()));
    Files.createFile(root.resolve("netns").resolve("crij-" + ObjectId.random().shortHex()));
    network.gc(Set.of(sandbox));
    assertThat(plugins.labels()).doesNotContain("fake-ipam GC");
  }

  @Test
  void withoutAConfigurationTheFolderIsNamed() throws Exception {
    Files.delete(root.resolve("net.d/10-test.conflist"));
    PluginNetwork network = network();
    assertThat(network.status().ready()).isFalse();
    assertThat(network.status().message()).contains(root.resolve("net.d").toString());
    NetworkRequest request = request(sandbox);
    assertThatThrownBy(() -> network.add(request))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
        .hasMessageContaining(root.resolve("net.d").toString());
    configure("1.0.0");
    assertThat(network.status().ready()).as("a late file is noticed").isTrue();
  }

  @Test
  void aMissingPluginIsNamedWithTheFolders() throws Exception {
    Files.delete(root.resolve("bin/fake-shape"));
    assertThat(network().status().message()).contains("fake-shape").contains(root.resolve("bin").toString());
  }

  @Test
  void namesThatWouldBecomeOtherArgumentsAreRefused() throws Exception {
    NetworkRequest request =
        new NetworkRequest(sandbox, "default", "web;K8S_POD_NAMESPACE=kube-system", "u", netns(sandbox), List.of(), Map.of(), NetworkRequest.Dns.NONE);
    assertThatThrownBy(() -> network().add(request))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    assertThat(plugins.calls).isEmpty();
  }
}
