package io.crij.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class CreationClockTest {
  @Test
  void goesUpWhenTheNodesClockDoesNot() {
    AtomicReference<Instant> wall = new AtomicReference<>(Instant.ofEpochSecond(1000));
    CreationClock clock = new CreationClock(wall::get);
    long first = clock.next();
    long second = clock.next();
    wall.set(Instant.ofEpochSecond(500));
    assertThat(first).isEqualTo(1000_000_000_000L);
    assertThat(second).isGreaterThan(first);
    assertThat(clock.next()).isGreaterThan(second);
    clock.seen(5_000_000_000_000L);
    assertThat(clock.next()).isEqualTo(5_000_000_000_001L);
  }
}
