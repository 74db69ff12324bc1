package io.crij.image.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WatchTest {
  private static final PullTimeouts TIMEOUTS =
      new PullTimeouts(Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofSeconds(10), 1000);

  private final Watch watch = new Watch(TIMEOUTS, () -> false);

  private static final class Recorded extends Watch.Exchange {
    private boolean aborted;

    Recorded(Pace pace) {
      super(pace, TIMEOUTS.head());
    }

    @Override
    void abort() {
      aborted = true;
    }

    private String why() {
      return String.valueOf(explain(new IOException("closed")).getMessage());
    }
  }

  private Recorded body(Pace pace) {
    Recorded exchange = new Recorded(pace);
    exchange.bodyBegins();
    watch.begin(exchange);
    return exchange;
  }

  private void seconds(int count) {
    for (int i = 0; i < count; i++) {
      watch.tick(System.nanoTime());
    }
  }

  @Test
  void aHeadThatDoesNotComeEndsTheExchange() {
    Recorded exchange = new Recorded(new Pace());
    watch.begin(exchange);
    watch.tick(System.nanoTime());
    assertThat(exchange.aborted).isFalse();
    watch.tick(System.nanoTime() + Duration.ofSeconds(31).toNanos());
    assertThat(exchange.aborted).isTrue();
    assertThat(exchange.why()).isEqualTo("does not answer in time");
  }

  @Test
  void aServerThatTricklesIsGivenUpAfterTheWindow() {
    Recorded exchange = body(new Pace());
    for (int second = 0; second < 9; second++) {
      exchange.received(10);
      exchange.waits();
      watch.tick(System.nanoTime());
    }
    assertThat(exchange.aborted).isFalse();
    seconds(3);
    assertThat(exchange.aborted).isTrue();
    assertThat(exchange.why()).contains("less than 1000 bytes in 10 seconds");
  }

  @Test
  void aSlowShareOfABusyServerIsNoStall() {
    Pace pace = new Pace();
    Recorded slow = body(pace);
    Recorded busy = body(pace);
    slow.waits();
    for (int second = 0; second < 40; second++) {
      busy.received(500);
      busy.waits();
      watch.tick(System.nanoTime());
    }
    assertThat(slow.aborted).isFalse();
    for (int second = 0; second < 25; second++) {
      busy.received(500);
      busy.waits();
      watch.tick(System.nanoTime());
    }
    assertThat(slow.aborted).as("a minute without a byte is too long anyway").isTrue();
    assertThat(busy.aborted).isFalse();
  }

  @Test
  void timeInWhichNobodyReadsIsNotTheServersFault() {
    Recorded exchange = body(new Pace());
    exchange.received(1);
    seconds(300);
    assertThat(exchange.aborted).isFalse();
  }
}
