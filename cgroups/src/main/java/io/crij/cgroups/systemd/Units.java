package io.crij.cgroups.systemd;

import java.util.List;

/**
 * systemd's manager of units. Calls block, each with a deadline, and throw {@link io.crij.core.CriException}: UNAVAILABLE when
 * the bus or systemd does not answer, INTERNAL when systemd refuses, with its reason.
 */
public interface Units extends AutoCloseable {
  /** Makes a transient unit and returns when its start job is done. One that runs already is taken as it is if it is a slice. */
  void start(String unit, List<UnitProperty> properties);

  /** Sets properties until the unit ends. */
  void set(String unit, List<UnitProperty> properties);

  /** Ends a unit and forgets its failure, and returns when that is done; one that does not exist is fine. */
  void stop(String unit);

  /** The loaded units whose names match one of these shell patterns. */
  List<Unit> list(List<String> patterns);

  @Override
  void close();

  /** A loaded unit. */
  record Unit(String name, String description) {}
}
