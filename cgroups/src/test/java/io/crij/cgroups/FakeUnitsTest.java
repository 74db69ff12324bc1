package io.crij.cgroups;

import io.crij.cgroups.systemd.Units;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The systemd in memory does what a real one does. */
@NullUnmarked
class FakeUnitsTest extends UnitsContract {
  @TempDir Path root;
  private FakeUnits units;

  @BeforeEach
  void node() throws IOException {
    units = new FakeUnits(ScratchNode.v2(root));
  }

  @Override
  Units units() {
    return units;
  }

  @Override
  int process() {
    return 4711;
  }

  @Override
  void endProcesses(String unit) {
    units.processesEnded(unit);
  }
}
