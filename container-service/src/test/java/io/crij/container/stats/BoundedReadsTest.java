package io.crij.container.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.container.stats.BoundedReads.Read;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BoundedReadsTest {
  private final CountDownLatch unstuck = new CountDownLatch(1);
  private final AtomicInteger begun = new AtomicInteger();
  private final BoundedReads reads = new BoundedReads(2, Duration.ofMillis(300));

  @AfterEach
  void end() {
    unstuck.countDown();
    reads.close();
  }

  private Read<String> stuck() {
    return new Read<>(
        "use of container stuck",
        () -> {
          begun.incrementAndGet();
          unstuck.await();
          return "late";
        });
  }

  private static Read<String> of(String value) {
    return new Read<>("use of container " + value, () -> value);
  }

  @Test
  void oneThatHangsCostsTheListThatOneOnly() {
    assertThat(reads.all(List.of(of("a"), stuck(), of("b")))).containsExactly("a", "b");
  }

  @Test
  void whileOneHangsNoOtherOfTheSameIsBegun() {
    for (int i = 0; i < 3; i++) {
      reads.all(List.of(stuck(), of("a")));
    }
    assertThat(begun).hasValue(1);
    assertThat(reads.all(List.of(of("b"), of("c")))).as("the other thread is free").containsExactly("b", "c");
  }

  @Test
  void askedForAloneItSaysThatItHangs() {
    assertThatThrownBy(() -> reads.one(stuck()))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED))
        .hasMessageContaining("use of container stuck could not be read within 300 ms");
  }

  @Test
  void whatVanishedOrFailsIsPassedOverInAListAndToldAlone() {
    Read<String> gone =
        new Read<>(
            "use of container gone",
            () -> {
              throw CriException.notFound("It is gone.");
            });
    Read<String> broken =
        new Read<>(
            "use of container broken",
            () -> {
              throw new IllegalStateException("x");
            });
    assertThat(reads.all(List.of(gone, of("a"), broken))).containsExactly("a");
    assertThatThrownBy(() -> reads.one(gone)).hasMessage("It is gone.");
    assertThatThrownBy(() -> reads.one(broken)).isInstanceOf(CriException.class).hasMessageContaining("container broken cannot be read");
    assertThat(reads.one(of("again"))).isEqualTo("again");
  }
}
