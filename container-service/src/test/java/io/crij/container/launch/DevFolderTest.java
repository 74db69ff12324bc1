package io.crij.container.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevFolderTest {
  private final DevFolder devices = new DevFolder(Path.of("/dev"));

  @Test
  void aFolderOfCountlessFilesIsNotWalkedThrough(@TempDir Path folder) throws Exception {
    for (int i = 0; i < 10_001; i++) {
      Files.createFile(folder.resolve(Integer.toString(i)));
    }
    assertThatThrownBy(() -> devices.at("devices[0].host_path", folder.toString()))
        .isInstanceOf(CriException.class)
        .hasMessageContaining("devices[0].host_path")
        .hasMessageContaining("no folder of devices");
  }

  @Test
  void aDeviceIsFoundByItsPath() {
    assertThat(devices.at("devices[0].host_path", "/dev/null"))
        .singleElement()
        .satisfies(
            device -> {
              assertThat(device.path()).isEqualTo("/dev/null");
              assertThat(device.major()).isEqualTo(1);
              assertThat(device.minor()).isEqualTo(3);
            });
  }
}
