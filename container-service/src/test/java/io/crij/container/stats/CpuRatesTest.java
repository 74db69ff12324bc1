package io.crij.container.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class CpuRatesTest {
  private static final long SECOND = 1_000_000_000L;
  private final CpuRates rates = new CpuRates();

  @Test
  void oneReadingHasNoRate() {
    assertThat(rates.add("a", 5 * SECOND, 77)).isEmpty();
  }

  @Test
  void theRateIsUsePerSecond() {
    rates.add("a", 0, 0);
    assertThat(rates.add("a", 10 * SECOND, 5 * SECOND)).hasValue(500_000_000);
    assertThat(rates.add("a", 12 * SECOND, 9 * SECOND)).as("since the reading before").hasValue(2 * SECOND);
  }

  @Test
  void aReadingRightAfterAnotherIsComparedWithAnEarlierOne() {
    rates.add("a", 0, 0);
    rates.add("a", 10 * SECOND, 5 * SECOND);
    assertThat(rates.add("a", 10 * SECOND + 1000, 5 * SECOND)).hasValue(499_999_950);
    assertThat(rates.add("b", SECOND, 1)).isEmpty();
    assertThat(rates.add("b", SECOND + 1000, 2)).as("there is no earlier one").isEmpty();
  }

  @Test
  void aCounterThatBeganAnewAndAPauseHaveNoRate() {
    rates.add("a", 0, 5 * SECOND);
    assertThat(rates.add("a", 10 * SECOND, 3)).isEmpty();
    assertThat(rates.add("a", 20 * SECOND, SECOND + 3)).hasValue(100_000_000);
    assertThat(rates.add("a", 2000 * SECOND, 2 * SECOND)).isEmpty();
  }

  @Test
  void whatIsGoneIsForgotten() {
    rates.add("a", 0, 0);
    rates.keep(Set.of("b"));
    assertThat(rates.add("a", 10 * SECOND, SECOND)).isEmpty();
  }
}
