package io.crij.helper;

import io.crij.core.ObjectId;
import io.crij.helper.testing.LeakCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The real monitor keeps the contract. */
@NullUnmarked
class MonitorContractIT extends MonitorContract {
  @TempDir Path scratch;
  private LeakCheck leaks;
  private RealPod pod;

  @BeforeEach
  void birth() throws IOException {
    leaks = LeakCheck.begin(scratch.toString());
    pod = new RealPod(scratch);
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    pod.close();
    leaks.end();
  }

  @Override
  Monitor connect() {
    return pod.connect();
  }

  @Override
  PodSetup setup() {
    return pod.setup();
  }

  @Override
  StartRequest sleeper(ObjectId container) {
    try {
      return pod.shell(container, "exec sleep 1000");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
