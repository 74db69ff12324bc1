package io.crij.daemon.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.daemon.config.CommandLine;
import io.crij.daemon.config.Config;
import io.crij.daemon.config.ConfigLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that is a tree of files. */
class NodeCheckTest {
  @TempDir Path node;
  private boolean whole = true;

  private final KernelFacts kernel =
      new KernelFacts() {
        @Override
        public String release() {
          return "6.1.0";
        }

        @Override
        public boolean has(Feature feature) {
          return whole || feature != Feature.OVERLAY;
        }
      };

  @BeforeEach
  void fit() throws IOException {
    write("proc/self/status", "Name:\tjava\nUid:\t0\t0\t0\t0\n");
    write("proc/self/mountinfo", "30 20 0:25 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n");
    write("proc/sys/user/max_user_namespaces", "15000\n");
    write("proc/sys/net/ipv4/ip_forward", "1\n");
    write("net.d/10-net.conflist", "{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"plugins\":[{\"type\":\"bridge\"}]}");
    write("bin/bridge", "#!/bin/sh\n");
    assertThat(node.resolve("bin/bridge").toFile().setExecutable(true)).isTrue();
  }

  private void write(String file, String text) throws IOException {
    Path path = node.resolve(file);
    Files.createDirectories(Objects.requireNonNull(path.getParent()));
    Files.writeString(path, text);
  }

  private Map<String, NodeFinding> look() throws Exception {
    write("crij.toml", "[cni]\nconf_dir = \"" + node + "/net.d\"\nbin_dirs = [\"" + node + "/bin\"]\n");
    Config config = ConfigLoader.load(new CommandLine(node.resolve("crij.toml"), null, node.resolve("root"), null));
    return new NodeCheck(node, kernel).of(config).stream().collect(Collectors.toMap(NodeFinding::about, each -> each));
  }

  private static NodeFinding.Level level(Map<String, NodeFinding> all, String about) {
    return Objects.requireNonNull(all.get(about), about).level();
  }

  @Test
  void aFitNodeHasNothingBad() throws Exception {
    Map<String, NodeFinding> all = look();
    for (String about : new String[] {"user", "kernel", "cgroups", "user namespaces", "pod network", "forwarding"}) {
      assertThat(level(all, about)).as(about).isEqualTo(NodeFinding.Level.OK);
    }
    assertThat(all.values()).allSatisfy(each -> assertThat(each.advice().isEmpty()).isEqualTo(each.level() == NodeFinding.Level.OK));
  }

  @Test
  void whatIsMissingIsNamedWithWhatToDo() throws Exception {
    whole = false;
    Files.delete(node.resolve("bin/bridge"));
    write("sys/fs/cgroup/cgroup.controllers", "cpu io pids\n");
    write("proc/sys/net/ipv4/ip_forward", "0\n");
    write("proc/sys/user/max_user_namespaces", "0\n");
    write("proc/self/status", "Uid:\t1000\t1000\t0\t0\n");
    Map<String, NodeFinding> all = look();
    for (String about : new String[] {"user", "kernel", "cgroups", "pod network"}) {
      assertThat(level(all, about)).as(about).isEqualTo(NodeFinding.Level.BAD);
    }
    assertThat(level(all, "user namespaces")).isEqualTo(NodeFinding.Level.NOTE);
    assertThat(level(all, "forwarding")).isEqualTo(NodeFinding.Level.NOTE);
    assertThat(all.values().stream().map(NodeFinding::found)).anyMatch(found -> found.contains("overlay")).anyMatch(found -> found.contains("memory"));
    assertThat(all.values().stream().map(NodeFinding::found)).anyMatch(found -> found.contains("bridge"));
  }
}
