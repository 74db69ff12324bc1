package io.crij.cgroups;

import io.crij.cgroups.systemd.Scopes;
import io.crij.cgroups.systemd.Slices;
import io.crij.cgroups.systemd.UnitProperty;
import io.crij.cgroups.systemd.Units;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** systemd in memory, over the folders of a scratch node: a unit that is started has its folder, one that is stopped has none. */
final class FakeUnits implements Units {
  final Map<String, Map<String, UnitProperty>> loaded = new LinkedHashMap<>();
  final List<String> calls = new ArrayList<>();
  boolean gone;
  private final ScratchNode node;

  FakeUnits(ScratchNode node) {
    this.node = node;
  }

  @Override
  public synchronized void start(String unit, List<UnitProperty> properties) {
    call("start " + unit);
    if (loaded.containsKey(unit)) {
      if (Slices.isSlice(unit)) {
        return;
      }
      throw new CriException(ErrorCode.INTERNAL, "Unit " + unit + " exists.");
    }
    Map<String, UnitProperty> own = new LinkedHashMap<>();
    properties.forEach(property -> own.put(property.name(), property));
    loaded.put(unit, own);
    try {
      node.write(
          path(unit),
          Map.of(
              "memory.max", "max\n", "memory.high", "max\n", "memory.swap.max", "max\n", "memory.current", "0\n", "memory.stat", "anon 0\n",
              "memory.events", "oom_kill 0\n", "cpu.weight", "100\n", "cpu.max", "max 100000\n", "pids.max", "max\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void set(String unit, List<UnitProperty> properties) {
    call("set " + unit);
    if (properties.isEmpty()) {
      return;
    }
    if (!loaded.containsKey(unit)) {
      throw new CriException(ErrorCode.INTERNAL, "Unit " + unit + " is not loaded.");
    }
    properties.forEach(property -> unit(unit).put(property.name(), property));
  }

  @Override
  public synchronized void stop(String unit) {
    call("stop " + unit);
    if (loaded.containsKey(unit)) {
      processesEnded(unit);
    }
  }

  @Override
  public synchronized List<Unit> list(List<String> patterns) {
    call("list " + patterns);
    List<PathMatcher> matchers = patterns.stream().map(pattern -> FileSystems.getDefault().getPathMatcher("glob:" + pattern)).toList();
    return loaded.entrySet().stream()
        .filter(unit -> matchers.stream().anyMatch(matcher -> matcher.matches(Path.of(unit.getKey()))))
        .map(unit -> new Unit(unit.getKey(), unit.getValue().get("Description") instanceof UnitProperty.Text text ? text.value() : ""))
        .toList();
  }

  @Override
  public void close() {}

  Map<String, UnitProperty> unit(String unit) {
    Map<String, UnitProperty> found = loaded.get(unit);
    if (found == null) {
      throw new AssertionError("there is no unit " + unit);
    }
    return found;
  }

  /** The unit's last process has ended. */
  void processesEnded(String unit) {
    Path folder = node.folder(path(unit));
    loaded.remove(unit);
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String path(String unit) {
    if (!Scopes.isScope(unit)) {
      return Slices.path(unit).substring(1);
    }
    return unit(unit).get("Slice") instanceof UnitProperty.Text slice ? Slices.path(slice.value()).substring(1) + "/" + unit : unit;
  }

  private void call(String call) {
    calls.add(call);
    if (gone) {
      throw new CriException(ErrorCode.UNAVAILABLE, "The bus does not answer.");
    }
  }
}
