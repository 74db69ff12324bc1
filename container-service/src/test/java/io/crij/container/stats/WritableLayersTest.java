package io.crij.container.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class WritableLayersTest {
  private static final Duration LONG = Duration.ofSeconds(10);

  /** A clock that stands until it is set. */
  private static final class StandingClock extends Clock {
    private volatile Instant now = Instant.parse("2026-11-21T12:00:00Z");

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  private final StandingClock clock = new StandingClock();
  private final WritableLayers layers = new WritableLayers(Duration.ofHours(1), clock);
  @TempDir Path folder;

  @AfterEach
  void end() {
    layers.close();
  }

  @Test
  void aFirstCountIsWaitedForAndALaterOneIsMadeBehindTheCall() throws Exception {
    MeasuredContainer container = ScratchPods.container(folder);
    assertThat(layers.last(container.id())).isEmpty();
    layers.refresh(List.of(container), LONG);
    assertThat(layers.last(container.id())).get().extracting(LayerUse::inodes).isEqualTo(1L);
    Files.createFile(folder.resolve("x"));
    layers.refresh(List.of(container), LONG);
    assertThat(layers.last(container.id())).as("not older than the period").get().extracting(LayerUse::inodes).isEqualTo(1L);
    clock.now = clock.now.plus(Duration.ofHours(2));
    layers.refresh(List.of(container), LONG);
    long newer = clock.now.toEpochMilli() * 1_000_000;
    while (layers.last(container.id()).orElseThrow().atNanos() != newer) {
      Thread.onSpinWait();
    }
    assertThat(layers.last(container.id())).get().extracting(LayerUse::inodes).isEqualTo(2L);
  }

  @Test
  void aFolderThatIsGoneHasNoCountAndHoldsNobodyUp() {
    MeasuredContainer container = ScratchPods.container(folder.resolve("gone"));
    layers.refresh(List.of(container), LONG);
    assertThat(layers.last(container.id())).isEmpty();
  }

  @Test
  void whatIsGoneIsForgotten() {
    MeasuredContainer container = ScratchPods.container(folder);
    layers.refresh(List.of(container), LONG);
    layers.keep(Set.of());
    assertThat(layers.last(container.id())).isEmpty();
  }

  @Test
  void theMountPointIsAFolderAboveOnTheSameDevice() throws Exception {
    String mount = WritableLayers.mountPoint(folder);
    assertThat(folder.toRealPath().toString()).startsWith(mount);
    assertThat(Files.getAttribute(Path.of(mount), "unix:dev")).isEqualTo(Files.getAttribute(folder, "unix:dev"));
  }
}
