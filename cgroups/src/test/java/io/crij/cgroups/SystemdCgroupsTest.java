package io.crij.cgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.cgroups.systemd.Scopes;
import io.crij.cgroups.systemd.Slices;
import io.crij.cgroups.systemd.SystemdCgroups;
import io.crij.cgroups.systemd.UnitProperty;
import io.crij.cgroups.systemd.UnitsOnDemand;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class SystemdCgroupsTest {
  private static final String SLICE = "/kubepods.slice/kubepods-pod1.slice";
  private static final long MIB = 1 << 20;

  @TempDir Path root;
  private final ObjectId container = ObjectId.random();
  private final String unit = Scopes.unit(container);
  private final String scope = SLICE + "/" + unit;
  private ScratchNode node;
  private FakeUnits units;
  private SystemdCgroups systemd;

  @BeforeEach
  void node() throws IOException {
    node = ScratchNode.v2(root);
    units = new FakeUnits(node);
    systemd = new SystemdCgroups(node.cgroups(), CgroupDriver.SYSTEMD, units, "/var/lib/crij");
  }

  @Test
  void aSliceStandsBelowThoseItsNameSays() {
    assertThat(Slices.path("test.slice")).isEqualTo("/test.slice");
    assertThat(Slices.path("kubepods-burstable-pod7_1.slice"))
        .isEqualTo("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod7_1.slice");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".slice", "-.slice", "a--b.slice", "-a.slice", "a-.slice", "a/b.slice", "a b.slice", "ä.slice", "a.scope", "a.slice\n"})
  void otherNamesAreNoSlices(String name) {
    assertThatThrownBy(() -> Slices.path(name))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
  }

  @Test
  void onlyScopesOfContainersAreRecognised() {
    assertThat(Scopes.container(scope)).contains(container);
    assertThat(Scopes.isScope("/crij/pod1/" + container.hex())).isFalse();
    assertThat(Scopes.isScope("/a.slice/crij-1.scope")).isFalse();
  }

  @Test
  void aStarterStaysBesideTheGroupOfWhatItStarts() throws IOException {
    String inner = Scopes.inner(scope);
    assertThat(Scopes.around(inner)).contains(scope);
    assertThat(Scopes.around(scope)).isEmpty();
    assertThat(Scopes.around("/crij/pod1/container")).isEmpty();
    for (String group : List.of("kubepods.slice", SLICE.substring(1), scope.substring(1))) {
      node.write(group, Map.of("cgroup.controllers", "memory\n", "cgroup.subtree_control", "memory\n"));
    }
    node.write(
        inner.substring(1),
        Map.of(
            "memory.max", "max\n", "memory.swap.max", "max\n", "memory.current", "0\n", "memory.stat", "anon 0\n", "cpu.weight", "100\n", "cpu.max", "max 100000\n",
            "pids.max", "max\n"));
    systemd.startSlice(SLICE, "Pods");
    systemd.startScopeAround(inner, 4711, "web", limits(64 * MIB, Map.of()), new DeviceRules(List.of()));
    assertThat(units.unit(unit).values())
        .contains(new UnitProperty.Processes("PIDs", List.of(4711)), new UnitProperty.Flag("Delegate", true))
        .noneMatch(value -> value.name().equals("MemoryMax"));
    Path folder = node.folder(scope.substring(1));
    assertThat(folder.resolve("starter/cgroup.procs")).hasContent("4711");
    assertThat(folder.resolve("container/memory.max")).hasContent(String.valueOf(64 * MIB));
  }

  @Test
  void aScopeIsMadeAroundTheProcessWithItsLimits() throws IOException {
    systemd.startSlice(SLICE, "Pods");
    systemd.startScope(scope, 4711, "web", limits(64 * MIB, Map.of("memory.high", "1048576")), new DeviceRules(List.of()));
    assertThat(units.unit(unit).values())
        .contains(
            new UnitProperty.Text("Slice", "kubepods-pod1.slice"),
            new UnitProperty.Processes("PIDs", List.of(4711)),
            new UnitProperty.Flag("Delegate", true),
            new UnitProperty.Flag("DefaultDependencies", false),
            new UnitProperty.Text("Description", "web (crij /var/lib/crij)"),
            new UnitProperty.Number("MemoryMax", 64 * MIB),
            new UnitProperty.Number("MemorySwapMax", 0),
            new UnitProperty.Number("MemoryHigh", MIB),
            new UnitProperty.Number("CPUWeight", 100),
            new UnitProperty.Number("CPUQuotaPerSecUSec", 340_000),
            new UnitProperty.Number("CPUQuotaPeriodUSec", 100_000),
            new UnitProperty.Number("TasksMax", UnitProperty.INFINITY));
    assertThat(node.read(scope.substring(1) + "/memory.max")).isEqualTo(Long.toString(64 * MIB));
    assertThat(node.read(scope.substring(1) + "/cpu.max")).as("not rounded as systemd's percentage is").isEqualTo("33333 100000");
  }

  @Test
  void newLimitsAreInTheFilesAndInTheUnitOrInNeither() throws IOException {
    start(scope);
    systemd.limit(scope, memory(32 * MIB));
    assertThat(units.unit(unit)).containsEntry("MemoryMax", new UnitProperty.Number("MemoryMax", 32 * MIB));
    units.gone = true;
    assertThatThrownBy(() -> systemd.limit(scope, memory(16 * MIB)))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    assertThat(node.read(scope.substring(1) + "/memory.max")).isEqualTo(Long.toString(32 * MIB));
  }

  @Test
  void whatSystemdTookAwayCountsInTheSliceAndOnlyOnce() throws IOException {
    ObjectId neighbour = ObjectId.random();
    String beside = SLICE + "/" + Scopes.unit(neighbour);
    systemd.startSlice(SLICE, "Pods");
    node.write(SLICE.substring(1), Map.of("memory.events", "oom_kill 3\n"));
    start(scope);
    start(beside);
    node.write(SLICE.substring(1), Map.of("memory.events", "oom_kill 5\n"));
    units.processesEnded(unit);
    units.processesEnded(Scopes.unit(neighbour));
    assertThat(systemd.oomKills(scope)).hasValue(2);
    assertThat(systemd.oomKills(beside)).hasValue(0);
    assertThat(systemd.oomKills(SLICE + "/" + Scopes.unit(ObjectId.random()))).as("one that began before the daemon did").isEmpty();
  }

  @Test
  void aDaemonThatBeganLaterCountsWhatComesAndWhatIsTheScopesOwn() throws IOException {
    systemd.startSlice(SLICE, "Pods");
    start(scope);
    node.write(SLICE.substring(1), Map.of("memory.events", "oom_kill 5\n"));
    node.write(scope.substring(1), Map.of("memory.events", "oom_kill 1\n"));
    SystemdCgroups later = new SystemdCgroups(node.cgroups(), CgroupDriver.SYSTEMD, units, "/var/lib/crij");
    later.found(scope);
    node.write(SLICE.substring(1), Map.of("memory.events", "oom_kill 6\n"));
    units.processesEnded(unit);
    assertThat(later.oomKills(scope)).hasValue(2);
    later.found(scope);
    assertThat(later.oomKills(scope)).as("one that is gone").isEmpty();
  }

  @Test
  void anEndIsIdempotentAndNeedsNoBusForWhatIsGone() {
    start(scope);
    systemd.end(scope);
    systemd.end(scope);
    assertThat(units.loaded).doesNotContainKey(unit);
    assertThat(node.folder(scope.substring(1))).doesNotExist();
    units.gone = true;
    assertThatCode(() -> systemd.end(scope)).doesNotThrowAnyException();
    units.gone = false;
    start(scope);
    units.gone = true;
    assertThatThrownBy(() -> systemd.end(scope)).isInstanceOf(CriException.class);
  }

  @Test
  void unitsOfOthersAreNotOurs() {
    start(scope);
    new SystemdCgroups(node.cgroups(), CgroupDriver.SYSTEMD, units, "/other").startScope(
        SLICE + "/" + Scopes.unit(ObjectId.random()), 1, "x (crij /var/lib/crij)", Limits.NONE, new DeviceRules(List.of()));
    assertThat(systemd.units()).containsExactly(unit);
  }

  @Test
  void nothingIsConnectedBeforeAUnitIsAskedFor() {
    UnitsOnDemand none =
        new UnitsOnDemand(
            () -> {
              throw new AssertionError("connected");
            });
    none.close();
    assertThatCode(() -> new SystemdCgroups(node.cgroups(), CgroupDriver.CGROUPFS, none, "/").driver()).doesNotThrowAnyException();
  }

  private void start(String path) {
    systemd.startScope(path, 4711, "web", Limits.NONE, new DeviceRules(List.of()));
  }

  private static Limits memory(long bytes) {
    return new Limits(null, null, null, bytes, null, null, null, null, Map.of(), Map.of());
  }

  private static Limits limits(long memory, Map<String, String> unified) {
    return new Limits(1024L, 33_333L, 100_000L, memory, memory, Limits.UNLIMITED, null, null, Map.of(), unified);
  }
}
