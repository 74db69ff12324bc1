package io.crij.nri;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstalledPluginsTest {
  @TempDir Path folder;

  private NriSettings settings() {
    return new NriSettings(
        folder.resolve("s"), folder.resolve("plugins"), folder.resolve("conf"), Duration.ZERO, Duration.ZERO, NriSettings.OnFailure.IGNORE, List.of());
  }

  private void program(String name, String mode) throws IOException {
    Files.createDirectories(folder.resolve("plugins"));
    Files.createDirectories(folder.resolve("conf"));
    Files.setPosixFilePermissions(Files.createFile(folder.resolve("plugins").resolve(name)), PosixFilePermissions.fromString(mode));
  }

  @Test
  void programsAreTakenInOrderWithTheirConfiguration() throws IOException {
    program("20-b", "rwxr-xr-x");
    program("10-a", "rwxr-xr-x");
    program("10-not-executable", "rw-r--r--");
    program("nameless", "rwxr-xr-x");
    Files.writeString(folder.resolve("conf/a.conf"), "of a");
    Files.writeString(folder.resolve("conf/20-b.conf"), "of 20-b");
    Files.writeString(folder.resolve("conf/b.conf"), "of b");
    assertThat(InstalledPlugins.in(settings()))
        .extracting(plugin -> plugin.name() + " " + plugin.configuration())
        .containsExactly("10-a of a", "20-b of 20-b");
  }

  @Test
  void noFolderMeansNoPlugins() {
    assertThat(InstalledPlugins.in(settings())).isEmpty();
  }
}
