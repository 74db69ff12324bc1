package io.crij.container.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CpuRatesTest {
  private static final long SECOND = 1_000_000_000L;
  private final CpuRates rates = new CpuRates();

  /** A reading of what is older than any reading. */
  private OptionalLong add(String key, long atNanos, long usedNanos) {
    return rates.add(key, atNanos, usedNanos, 3600 * SECOND);
  }

  @Test
  void whatIsYoungIsComparedWithItsBeginning() {
    assertThat(rates.add("a", 5 * SECOND, SECOND, 2 * SECOND)).hasValue(500_000_000);
    assertThat(rates.add("a", 7 * SECOND, 2 * SECOND, 4 * SECOND)).as("since the reading before").hasValue(500_000_000);
    assertThat(rates.add("b", 5 * SECOND, SECOND, SECOND / 2)).as("too short to tell").isEmpty();
    assertThat(rates.add("b", 5 * SECOND + SECOND / 2, SECOND, SECOND)).hasValue(SECOND);
    assertThat(rates.add("c", 5 * SECOND, SECOND, -1)).as("by a clock that was set back").isEmpty();
  }

  @Test
  void oneReadingHasNoRate() {
    assertThat(add("a", 5 * SECOND, 77)).isEmpty();
  }

  @Test
  void theRateIsUsePerSecond() {
    add("a", 0, 0);
    assertThat(add("a", 10 * SECOND, 5 * SECOND)).hasValue(500_000_000);
    assertThat(add("a", 12 * SECOND, 9 * SECOND)).as("since the reading before").hasValue(2 * SECOND);
  }

  @Test
  void aReadingRightAfterAnotherIsComparedWithAnEarlierOne() {
    add("a", 0, 0);
    add("a", 10 * SECOND, 5 * SECOND);
    assertThat(add("a", 10 * SECOND + 1000, 5 * SECOND)).hasValue(499_999_950);
    assertThat(add("b", SECOND, 1)).isEmpty();
    assertThat(add("b", SECOND + 1000, 2)).as("there is no earlier one").isEmpty();
  }

  @Test
  void aCounterThatBeganAnewAndAPauseHaveNoRate() {
    add("a", 0, 5 * SECOND);
    assertThat(add("a", 10 * SECOND, 3)).isEmpty();
    assertThat(add("a", 20 * SECOND, SECOND + 3)).hasValue(100_000_000);
    assertThat(add("a", 2000 * SECOND, 2 * SECOND)).isEmpty();
  }

  @Test
  void whatIsGoneIsForgotten() {
    add("a", 0, 0);
    rates.keep(Set.of("b"));
    assertThat(add("a", 10 * SECOND, SECOND)).isEmpty();
  }
}
