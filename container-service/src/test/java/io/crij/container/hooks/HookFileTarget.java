package io.crij.container.hooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;

/** What must hold for any bytes: they are a hook, or they are refused with a reason. */
final class HookFileTarget {
  private static final HooksFolders.About CONTAINER = new HooksFolders.About(Map.of("gpu", "yes", "other", "x".repeat(200)), "/bin/sh", true);

  private HookFileTarget() {}

  static void read(byte[] bytes) {
    try {
      HookFile read = HookFile.parse(bytes);
      assertThat(read.stages()).isNotEmpty();
      assertThat(read.hook().path()).startsWith("/");
      assertThat(read.hook().timeoutMillis()).isNotNegative();
      read.when().matches(CONTAINER);
    } catch (IllegalArgumentException | IOException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }
}
