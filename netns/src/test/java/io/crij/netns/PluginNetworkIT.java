package io.crij.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.helper.Spawn;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract with the node's own plugins (bridge, host-local, tuning and portmap), run by crij-pod in namespaces of this test.
 * Needs root.
 */
class PluginNetworkIT extends PodNetworkContract {
  private static final String NETWORK = "crij-it";

  @TempDir Path root;

  private final String bridge = "crijit" + ThreadLocalRandom.current().nextInt(1_000_000);
  private final int subnet = ThreadLocalRandom.current().nextInt(1, 250);
  private final List<Path> namespaces = new ArrayList<>();
  private static Spawn spawn;

  @BeforeAll
  static void start() throws Exception {
    spawn = Spawn.start(Path.of("..", "native-helpers", "target", "crij-pod").toRealPath(), List.of());
  }

  @AfterAll
  static void end() {
    spawn.close();
  }

  @BeforeEach
  void configuration() throws Exception {
    configure("{}");
  }

  private void configure(String sysctls) throws IOException {
    Files.createDirectories(root.resolve("net.d"));
    Files.writeString(
        root.resolve("net.d/10-it.conflist"),
        """
        {"cniVersion":"1.0.0","name":"%s","plugins":[
          {"type":"bridge","bridge":"%s","isGateway":true,"ipMasq":false,"hairpinMode":true,
           "ipam":{"type":"host-local","dataDir":"%s","ranges":[[{"subnet":"10.213.%d.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
          {"type":"tuning","sysctl":%s},
          {"type":"portmap","capabilities":{"portMappings":true},"snat":true}]}
        """
            .formatted(NETWORK, bridge, root.resolve("leases"), subnet, sysctls));
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    assertThat(leases()).isEmpty();
    for (Path namespace : namespaces) {
      PodNetns.removeStale(namespace);
      assertThat(namespace).doesNotExist();
    }
    run("ip", "link", "delete", bridge);
    assertThat(run("ip", "-o", "link")).doesNotContain(bridge);
    assertThat(run("iptables-save", "-t", "nat")).doesNotContain("10.213." + subnet + ".");
  }

  @Override
  PodNetwork network() {
    return new PluginNetwork(
        root.resolve("net.d"), List.of(Path.of("/usr/lib/cni")), root.resolve("records"), spawn, PluginNetwork.Deadlines.DEFAULT);
  }

  @Override
  Path netns(ObjectId sandbox) throws Exception {
    Path path = PodNetns.path(sandbox);
    run("ip", "netns", "add", String.valueOf(path.getFileName()));
    namespaces.add(path);
    assertThat(PodNetns.isPinned(path)).isTrue();
    return path;
  }

  @Override
  void dropNetns(ObjectId sandbox) {
    PodNetns.removeStale(PodNetns.path(sandbox));
    assertThat(PodNetns.isPinned(PodNetns.path(sandbox))).isFalse();
    PodNetns.removeStale(PodNetns.path(sandbox));
  }

  @Override
  Set<String> leases() throws Exception {
    Set<String> leases = new TreeSet<>();
    Path folder = root.resolve("leases").resolve(NETWORK);
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "10.*")) {
        files.forEach(file -> leases.add(String.valueOf(file.getFileName())));
      }
    }
    return leases;
  }

  @Override
  void breakSecondPlugin() throws Exception {
    configure("{\"net.ipv4.no_such_setting\":\"1\"}");
  }

  @Test
  void aPortOfTheNodeLeadsToThePod() throws Exception {
    assumeThat(run("iptables", "-t", "nat", "-S")).as("the kernel can translate addresses").startsWith("-P PREROUTING");
    int port = 20_000 + ThreadLocalRandom.current().nextInt(10_000);
    ObjectId sandbox = ObjectId.random();
    Path netns = netns(sandbox);
    run("ip", "netns", "exec", String.valueOf(netns.getFileName()), "ip", "link", "set", "lo", "up");
    NetworkResult result =
        network()
            .add(
                new NetworkRequest(
                    sandbox,
                    "default",
                    "web",
                    "u",
                    netns,
                    List.of(new NetworkRequest.PortMapping(NetworkRequest.Protocol.TCP, 8080, port, "")),
                    Map.of(),
                    NetworkRequest.Dns.NONE));
    Process server =
        new ProcessBuilder(
                "ip", "netns", "exec", String.valueOf(netns.getFileName()), "busybox", "nc", "-l", "-p", "8080", "-e", "echo", "hello")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(run("iptables-save", "-t", "nat")).contains("--to-destination " + result.ips().getFirst() + ":8080");
      assertThat(greeting("127.0.0.1", port)).isEqualTo("hello\n");
    } finally {
      server.destroyForcibly().waitFor();
      network().remove(sandbox);
    }
  }

  @Test
  void aHangingPluginIsKilledWithWhatItStarted() throws Exception {
    Path plugin = Files.createDirectories(root.resolve("bin")).resolve("hang");
    Path pids = root.resolve("pids");
    Files.writeString(plugin, "#!/bin/sh\n[ $CNI_COMMAND = ADD ] || exit 0\nsleep 1000 &\necho $$ $! > " + pids + "\nwait\n");
    Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(root.resolve("net.d/00-hang.conf"), "{\"cniVersion\":\"1.0.0\",\"name\":\"hang\",\"type\":\"hang\"}");
    Duration some = Duration.ofSeconds(4);
    PodNetwork network =
        new PluginNetwork(
            root.resolve("net.d"), List.of(root.resolve("bin")), root.resolve("records"), spawn, new PluginNetwork.Deadlines(some, some, some));
    NetworkRequest request = request(ObjectId.random());
    assertThatThrownBy(() -> network.add(request))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED))
        .hasMessageContaining("'hang' did not end ADD within");
    for (String pid : Files.readString(pids).strip().split(" ")) {
      assertThat(state(pid)).as("process %s", pid).isIn("gone", "Z");
    }
    network.remove(request.sandbox());
  }

  private static String state(String pid) throws IOException {
    try {
      String stat = Files.readString(Path.of("/proc", pid, "stat"));
      return stat.substring(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    } catch (java.nio.file.NoSuchFileException e) {
      return "gone";
    }
  }

  /** Connects until the server in the namespace listens. */
  private static String greeting(String host, int port) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(host, port), 1000);
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        Thread.onSpinWait();
      }
    }
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }
}
