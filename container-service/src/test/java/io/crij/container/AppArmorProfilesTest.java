package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppArmorProfilesTest {
  @TempDir Path scratch;

  @Test
  void theKernelsListIsReadEachTime() throws Exception {
    Path file = scratch.resolve("profiles");
    AppArmorProfiles profiles = new AppArmorProfiles(file);
    assertThatThrownBy(() -> profiles.isLoaded("web")).isInstanceOf(CriException.class).hasMessageContaining("securityfs");
    Files.writeString(file, "web (enforce)\n/usr/bin/man (complain)\na (b) c (enforce)\n");
    assertThat(profiles.isLoaded("web")).isTrue();
    assertThat(profiles.isLoaded("a (b) c")).isTrue();
    assertThat(profiles.isLoaded("we")).isFalse();
    Files.writeString(file, "");
    assertThat(profiles.isLoaded("web")).isFalse();
  }
}
