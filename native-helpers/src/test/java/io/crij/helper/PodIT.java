package io.crij.helper;

import io.crij.core.ObjectId;
import io.crij.helper.testing.LeakCheck;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Each test has a pod of its own that is set up, and leaves nothing. What a test adds ends before the pod does. */
@NullUnmarked
abstract class PodIT {
  @TempDir Path scratch;
  ObjectId container = ObjectId.random();
  RealPod pod;
  MonitorClient monitor;
  private LeakCheck leaks;

  @BeforeEach
  final void podIsMade() throws IOException {
    leaks = LeakCheck.begin(scratch.toString());
    pod = new RealPod(scratch);
    monitor = pod.connect();
    monitor.setUp(pod.setup());
  }

  @AfterEach
  final void nothingIsLeft() throws IOException {
    monitor.close();
    pod.close();
    leaks.end();
  }
}
