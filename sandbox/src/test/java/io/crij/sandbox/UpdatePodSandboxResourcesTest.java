package io.crij.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.cri.LinuxContainerResources;
import io.crij.cri.LinuxPodSandboxConfig;
import io.crij.cri.StopPodSandboxRequest;
import io.crij.cri.UpdatePodSandboxResourcesRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpdatePodSandboxResourcesTest {
  private static final long MIB = 1 << 20;

  @TempDir Path scratch;
  private FakeNode node;

  @BeforeEach
  void start() throws IOException {
    node = new FakeNode(scratch);
  }

  @AfterEach
  void end() {
    node.close();
  }

  private ObjectId run(String cgroupParent, LinuxContainerResources.Builder resources) {
    LinuxPodSandboxConfig linux = LinuxPodSandboxConfig.newBuilder().setCgroupParent(cgroupParent).setResources(resources).build();
    return new ObjectId(
        new RunPodSandbox(node.host, node).run(Pods.request(Pods.config("web").setLinux(linux))).getPodSandboxId());
  }

  private void update(String id, LinuxContainerResources.Builder resources, LinuxContainerResources.Builder overhead) {
    new UpdatePodSandboxResources(node.host)
        .run(UpdatePodSandboxResourcesRequest.newBuilder().setPodSandboxId(id).setResources(resources).setOverhead(overhead).build());
  }

  private static LinuxContainerResources.Builder memory(long bytes) {
    return LinuxContainerResources.newBuilder().setMemoryLimitInBytes(bytes);
  }

  private LinuxPodSandboxConfig linux(ObjectId id) {
    return new Sandboxes(node.store, node.folders).view(id.hex()).config().getLinux();
  }

  /** A memory group as the kernel makes it. */
  private Path memoryFiles(String cgroup) throws IOException {
    Path folder = Files.createDirectories(node.cgroupFolder.resolve(cgroup));
    Files.writeString(folder.resolve("memory.limit_in_bytes"), "9223372036854771712\n");
    Files.writeString(folder.resolve("memory.usage_in_bytes"), "0\n");
    Files.writeString(folder.resolve("memory.stat"), "total_inactive_file 0\n");
    return folder.resolve("memory.limit_in_bytes");
  }

  @Test
  void kubeletsGroupIsLeftAloneAndARestartKeepsWhatWasSaid() throws Exception {
    Path limit = memoryFiles("kubepods/pod1");
    ObjectId id = run("/kubepods/pod1", memory(64 * MIB).setCpuShares(100));
    update(id.hex(), memory(128 * MIB), memory(8 * MIB));
    assertThat(limit).hasContent("9223372036854771712");
    assertThat(linux(id).getResources().getMemoryLimitInBytes()).isEqualTo(128 * MIB);
    assertThat(linux(id).getResources().getCpuShares()).as("not specified, so it stays").isEqualTo(100);
    node.restart();
    node.store.load();
    assertThat(linux(id).getResources().getMemoryLimitInBytes()).isEqualTo(128 * MIB);
    assertThat(linux(id).getOverhead().getMemoryLimitInBytes()).isEqualTo(8 * MIB);
    assertThat(linux(id).getCgroupParent()).isEqualTo("/kubepods/pod1");
  }

  @Test
  void aGroupOfOurOwnGetsBothTogether() throws Exception {
    ObjectId id = run("", LinuxContainerResources.newBuilder());
    Path limit = memoryFiles("crij/pod" + id);
    update(id.hex(), memory(128 * MIB), memory(8 * MIB));
    assertThat(limit).hasContent(Long.toString(136 * MIB));
  }

  @Test
  void whatTheKernelRefusesChangesNothing() {
    ObjectId id = run("", LinuxContainerResources.newBuilder());
    // The scratch group has no memory.limit_in_bytes to write to.
    assertThatThrownBy(() -> update(id.hex(), memory(128 * MIB), memory(0))).isInstanceOf(CriException.class);
    assertThat(linux(id).getResources().getMemoryLimitInBytes()).isZero();
  }

  @Test
  void aPodWhoseGroupCannotBeLimitedAsAskedIsNotMade() {
    assertThatThrownBy(() -> run("", memory(64 * MIB))).isInstanceOf(CriException.class).hasMessageContaining("memory");
    assertThat(node.store.all()).isEmpty();
    assertThatThrownBy(() -> run("/kubepods/pod1", memory(-7)))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
  }

  @Test
  void unknownStoppedAndImpossibleAreRefused() {
    assertThatThrownBy(() -> update("feed", memory(1), memory(1)))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    ObjectId id = run("/kubepods/pod1", memory(64 * MIB).setCpuShares(100));
    assertThatThrownBy(() -> update(id.hex(), memory(-2), memory(0)))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContaining("resources.memory_limit_in_bytes");
    new StopPodSandbox(node.host, node).run(StopPodSandboxRequest.newBuilder().setPodSandboxId(id.hex()).build());
    assertThatThrownBy(() -> update(id.hex(), memory(MIB), memory(0)))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION));
  }

  @Test
  void limitsAddUpInThePeriodOfTheResources() {
    var together =
        PodLimits.together(
            LinuxContainerResources.newBuilder().setCpuShares(512).setCpuQuota(50_000).setCpuPeriod(100_000).setMemoryLimitInBytes(-1).build(),
            LinuxContainerResources.newBuilder().setCpuShares(2).setCpuQuota(1000).setCpuPeriod(10_000).setMemoryLimitInBytes(MIB).build());
    assertThat(together.cpuShares()).isEqualTo(514);
    assertThat(together.cpuQuotaMicros()).isEqualTo(60_000);
    assertThat(together.cpuPeriodMicros()).isEqualTo(100_000);
    assertThat(together.memoryBytes()).isEqualTo(-1);
    assertThat(PodLimits.together(LinuxContainerResources.getDefaultInstance(), LinuxContainerResources.newBuilder().setMemoryLimitInBytes(MIB).build()).memoryBytes())
        .as("an overhead alone limits nothing")
        .isNull();
  }
}
