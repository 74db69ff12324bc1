package io.crij.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherTest {
  private static final Path LAUNCHER = Path.of("src/main/dist/bin/crij");

  @Test
  void fileNamesThatAreNotAsciiWorkInAnyLocale(@TempDir Path java) throws Exception {
    Files.writeString(java.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
    Path program = Files.createDirectory(java.resolve("bin")).resolve("java");
    Files.writeString(program, "#!/bin/sh\nlocale=$LC_ALL\necho \"$locale\"\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    ProcessBuilder launcher = new ProcessBuilder("sh", LAUNCHER.toString(), "version").redirectErrorStream(true);
    launcher.environment().put("CRIJ_JAVA_HOME", java.toString());
    launcher.environment().put("LC_ALL", "C");
    Process process = launcher.start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("C.UTF-8\n");
    assertThat(process.waitFor()).isZero();
  }
}
