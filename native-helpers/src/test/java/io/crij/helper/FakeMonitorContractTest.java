package io.crij.helper;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.core.ObjectId;
import io.crij.helper.plan.Namespace;
import io.crij.helper.testing.FakeMonitors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FakeMonitorContractTest extends MonitorContract {
  private static final Path FOLDER = Path.of("/run/x");

  private final FakeMonitors monitors = new FakeMonitors();
  private final ObjectId pod = ObjectId.random();

  @BeforeEach
  void birth() throws IOException {
    monitors.startMonitor(pod, FOLDER);
  }

  @Override
  Monitor connect() {
    return monitors.connect(pod, FOLDER);
  }

  @Override
  PodSetup setup() {
    return new PodSetup(Set.of(Namespace.IPC), null, null, Map.of(), 1 << 20);
  }

  @Override
  StartRequest sleeper(ObjectId container) {
    return new StartRequest(container, FOLDER.resolve("plan"), PidMode.OWN, 0, null, null, Set.of());
  }

  @Test
  void aDeadMonitorIsTold() throws InterruptedException {
    try (Monitor monitor = connect()) {
      Exits exits = new Exits();
      monitor.watch(exits);
      monitors.of(pod).die();
      assertThat(exits.nextGone()).isEqualTo(pod);
    }
  }
}
