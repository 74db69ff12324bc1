package io.crij.cgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CgroupsTest {
  @TempDir Path root;

  @Test
  void version1IsFoundWithJoinedControllers() throws Exception {
    Cgroups cgroups = ScratchNode.v1(root).cgroups();
    assertThat(cgroups.version()).isEqualTo(CgroupVersion.V1);
    assertThat(cgroups.missingControllers()).isEmpty();
    assertThat(cgroups.open("/a").paths().keySet())
        .containsExactlyInAnyOrder("name=systemd", "cpu,cpuacct", "memory", "pids", "cpuset", "hugetlb", "devices", "freezer");
  }

  @Test
  void version2IsFound() throws Exception {
    Cgroups cgroups = ScratchNode.v2(root).cgroups();
    assertThat(cgroups.version()).isEqualTo(CgroupVersion.V2);
    assertThat(cgroups.missingControllers()).isEmpty();
    assertThat(cgroups.open("/a/b").v2Folder()).contains(root.resolve("sys/fs/cgroup/a/b"));
  }

  @Test
  void aVersion2TreeBesideControllersOnVersion1IsHybrid() throws Exception {
    ScratchNode node =
        ScratchNode.of(
            root,
            """
            32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
            35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
            """,
            "4:memory:/x\n1:cpu:/\n0::/\n");
    node.write("unified", Map.of("cgroup.controllers", "hugetlb\n"));
    Cgroups cgroups = node.cgroups();
    assertThat(cgroups.version()).isEqualTo(CgroupVersion.HYBRID);
    assertThat(cgroups.missingControllers()).containsExactly("devices", "pids");
    assertThat(cgroups.open("/p/c").v2Folder()).as("controllers are elsewhere").isEmpty();
    assertThat(cgroups.open("/p/c").taskFiles())
        .containsExactly(
            node.folder("cpu/p/c/tasks"), node.folder("memory/p/c/tasks"), node.folder("unified/p/c/cgroup.procs"));
  }

  @Test
  void systemdsOwnTreeBesideACompleteVersion2TreeIsVersion2() throws Exception {
    ScratchNode node =
        ScratchNode.of(
            root,
            """
            25 30 0:23 / /sys/fs/cgroup/systemd rw shared:9 - cgroup cgroup rw,xattr,name=systemd
            30 24 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            """,
            "1:name=systemd:/\n0::/\n");
    node.write("unified", Map.of("cgroup.controllers", "cpu memory pids\n"));
    assertThat(node.cgroups().version()).isEqualTo(CgroupVersion.V2);
    assertThat(node.cgroups().open("/a").paths()).containsOnlyKeys("unified");
  }

  @Test
  void bindMountsOfPartsAndDeeperMountsAreNotTheTree() throws Exception {
    ScratchNode node =
        ScratchNode.of(
            root,
            """
            90 24 0:26 /kubepods/x /var/lib/x/rootfs/sys/fs/cgroup ro - cgroup2 cgroup2 rw
            91 24 0:26 / /var/lib/y/rootfs/sys/fs/cgroup ro - cgroup2 cgroup2 rw
            30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
            """,
            "0::/\n");
    node.write("", Map.of("cgroup.controllers", ""));
    assertThat(node.cgroups().open("/a").unifiedFolder()).contains(node.folder("a"));
    assertThat(node.cgroups().missingControllers()).containsExactly("cpu", "memory", "pids");
  }

  @Test
  void escapedMountPointsAreRead() {
    assertThat(CgroupMounts.parse("30 24 0:26 / /mnt/c\\040g\\134x rw - cgroup2 cgroup2 rw\n", "0::/\n"))
        .containsExactly(new CgroupMounts.Mounted("/mnt/c g\\x", java.util.Set.of(), true));
  }

  @Test
  void noControlGroupsAtAllIsSaid() throws Exception {
    ScratchNode node = ScratchNode.of(root, "24 1 8:1 / / rw - ext4 /dev/root rw\n", "");
    assertThatThrownBy(node::cgroups).isInstanceOf(CriException.class).hasMessageContaining("No control groups are mounted");
  }

  @Test
  void createMakesAFolderInEveryTreeAndFillsCpusets() throws Exception {
    ScratchNode node = ScratchNode.v1(root);
    // The kernel puts these files there; an empty one is what a new cpuset has.
    node.write("cpuset/pods", Map.of("cpuset.cpus", "1-2\n", "cpuset.mems", "\n"));
    node.write("cpuset/pods/one", Map.of("cpuset.cpus", "\n", "cpuset.mems", "\n"));
    Cgroup cgroup = node.cgroups().create("/pods/one");
    assertThat(cgroup.paths().values()).allSatisfy(folder -> assertThat(folder).isDirectory());
    assertThat(node.read("cpuset/pods/cpuset.mems")).isEqualTo("0");
    assertThat(node.read("cpuset/pods/cpuset.cpus")).as("a set that was chosen stays").isEqualTo("1-2\n");
    assertThat(node.read("cpuset/pods/one/cpuset.cpus")).isEqualTo("1-2");
  }

  @Test
  void createHandsControllersOnInVersion2() throws Exception {
    ScratchNode node = ScratchNode.v2(root);
    node.write("pods", Map.of("cgroup.controllers", "pids", "cgroup.subtree_control", ""));
    node.cgroups().create("/pods/one");
    assertThat(node.read("cgroup.subtree_control")).as("one write for each missing controller").startsWith("+");
    assertThat(node.read("pods/cgroup.subtree_control")).isEqualTo("+pids");
    assertThat(node.folder("pods/one")).isDirectory();
  }

  @Test
  void whatAFailedCreateMadeIsRemoved() throws Exception {
    ScratchNode node = ScratchNode.v1(root);
    Files.writeString(node.folder("pids").resolve("pods"), "a file in the way");
    assertThatThrownBy(() -> node.cgroups().create("/pods/one"))
        .isInstanceOf(CriException.class)
        .hasMessageContaining("/pods/one")
        .hasMessageContaining("pids/pods");
    for (String tree : new String[] {"systemd", "cpu,cpuacct", "memory", "freezer"}) {
      assertThat(node.folder(tree).resolve("pods")).as(tree).doesNotExist();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "pods", "/pods/../..", "/a//b", "/a/", "/a/./b", "/a\nb"})
  void pathsThatLeadElsewhereAreRefused(String path) throws IOException {
    Cgroups cgroups = ScratchNode.v2(root).cgroups();
    assertThatThrownBy(() -> cgroups.open(path)).isInstanceOf(CriException.class).hasMessageContaining("is not a cgroup path");
  }

  @Test
  void deleteRemovesAllBelowAndForgivesWhatIsGone() throws Exception {
    ScratchNode node = ScratchNode.v1(root);
    Files.createDirectories(node.folder("memory/pods/one/exec-1"));
    Files.createDirectories(node.folder("pids/pods/one"));
    Cgroup cgroup = node.cgroups().open("/pods/one");
    assertThat(cgroup.exists()).isTrue();
    cgroup.delete();
    assertThat(cgroup.exists()).isFalse();
    assertThat(node.folder("memory/pods")).isDirectory();
    cgroup.delete();
  }

  @Test
  void processesOfAllGroupsBelowAreListed() throws Exception {
    ScratchNode node = ScratchNode.v2(root);
    node.write("pods/one", Map.of("cgroup.procs", "12\n7\n"));
    node.write("pods/one/exec-1", Map.of("cgroup.procs", "30\n"));
    assertThat(node.cgroups().open("/pods/one").pids()).containsExactlyInAnyOrder(7L, 12L, 30L);
    assertThat(node.cgroups().open("/pods/none").pids()).isEmpty();
  }
}
