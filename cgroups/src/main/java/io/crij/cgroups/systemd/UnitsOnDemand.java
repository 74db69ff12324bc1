package io.crij.cgroups.systemd;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Connects to nothing, and loads no class that could, before a unit is asked for: most nodes with the cgroupfs driver never do. */
public final class UnitsOnDemand implements Units {
  private final Supplier<Units> maker;
  private @Nullable Units made;

  public UnitsOnDemand(Supplier<Units> maker) {
    this.maker = maker;
  }

  @Override
  public void start(String unit, List<UnitProperty> properties) {
    units().start(unit, properties);
  }

  @Override
  public void set(String unit, List<UnitProperty> properties) {
    units().set(unit, properties);
  }

  @Override
  public void stop(String unit) {
    units().stop(unit);
  }

  @Override
  public List<Unit> list(List<String> patterns) {
    return units().list(patterns);
  }

  @Override
  public synchronized void close() {
    if (made != null) {
      made.close();
    }
  }

  private synchronized Units units() {
    Units known = made;
    if (known == null) {
      known = maker.get();
      made = known;
    }
    return known;
  }
}
