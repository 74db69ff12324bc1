package io.crij.cgroups;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.cgroups.systemd.LimitProperties;
import io.crij.cgroups.systemd.SystemBus;
import io.crij.cgroups.systemd.UnitProperty;
import io.crij.cgroups.systemd.Units;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** systemd itself, where it is PID 1: run by {@code critest/uml/systemd}, by its name, since no other lane has one. */
@NullUnmarked
class SystemBusOnNode extends UnitsContract {
  private static final Units UNITS = new SystemBus("unix:path=/run/dbus/system_bus_socket");
  private static final long MIB = 1 << 20;

  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void endProcesses() {
    processes.forEach(Process::destroyForcibly);
  }

  @AfterAll
  static void close() {
    UNITS.close();
  }

  @Override
  Units units() {
    return UNITS;
  }

  @Override
  int process() {
    try {
      Process process = new ProcessBuilder("sleep", "1000").start();
      processes.add(process);
      return Math.toIntExact(process.pid());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  void endProcesses(String unit) {
    processes.forEach(process -> process.destroyForcibly().onExit().join());
  }

  @Test
  void limitsAreWhatSystemdSaysAndAReloadKeepsThem() throws IOException, InterruptedException {
    startScope();
    Limits limits = new Limits(512L, 50_000L, 100_000L, 32 * MIB, 48 * MIB, 100L, "0,2-3", "0", Map.of(), Map.of("memory.high", "16777216", "memory.low", "max"));
    units().set(scope, LimitProperties.of(limits, CgroupVersion.V2));
    run("systemctl", "daemon-reload");
    assertThat(shown("MemoryMax")).isEqualTo("33554432");
    assertThat(shown("MemorySwapMax")).isEqualTo("16777216");
    assertThat(shown("MemoryHigh")).isEqualTo("16777216");
    assertThat(shown("MemoryLow")).isEqualTo("infinity");
    assertThat(shown("CPUWeight")).isEqualTo(Long.toString(CpuWeight.ofShares(512)));
    assertThat(shown("CPUQuotaPerSecUSec")).isEqualTo("500ms");
    assertThat(shown("TasksMax")).isEqualTo("100");
    assertThat(shown("AllowedCPUs")).isEqualTo("0 2-3");
    assertThat(shown("AllowedMemoryNodes")).isEqualTo("0");
    Path folder = Path.of("/sys/fs/cgroup", shown("ControlGroup"));
    assertThat(Files.readString(folder.resolve("memory.max"))).isEqualTo("33554432\n");
    assertThat(Files.readString(folder.resolve("pids.max"))).isEqualTo("100\n");
  }

  @Test
  void aRefusalHasSystemdsReason() {
    startScope();
    assertRefused(() -> units().set(scope, List.of(new UnitProperty.Flag("NoSuchProperty", true))), "NoSuchProperty");
  }

  private String shown(String property) throws IOException, InterruptedException {
    return run("systemctl", "show", "-P", property, scope);
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
