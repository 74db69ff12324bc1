package io.crij.daemon.stream.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadThrottleTest {
  @Test
  void aConnectionIsStoppedAtItsLimitAndGoesOnAtHalfOfIt() {
    EmbeddedChannel channel = new EmbeddedChannel();
    ReadThrottle throttle = new ReadThrottle(channel);
    throttle.hold(ReadThrottle.HIGH);
    assertThat(channel.config().isAutoRead()).isTrue();
    throttle.hold(1);
    assertThat(channel.config().isAutoRead()).isFalse();
    throttle.release(ReadThrottle.HIGH / 2);
    assertThat(channel.config().isAutoRead()).isFalse();
    throttle.release(2);
    assertThat(channel.config().isAutoRead()).isTrue();
    channel.finishAndReleaseAll();
  }

  @Test
  void manyConnectionsTogetherHoldLittleMoreThanTheLimitOfAll() {
    List<EmbeddedChannel> channels = new ArrayList<>();
    long held = 0;
    int connections = 500;
    for (int i = 0; i < connections; i++) {
      EmbeddedChannel channel = new EmbeddedChannel();
      channels.add(channel);
      ReadThrottle throttle = new ReadThrottle(channel);
      while (channel.config().isAutoRead()) {
        throttle.hold(8 << 10);
      }
      held += throttle.held();
    }
    assertThat(held).isLessThan(ReadThrottle.HIGH_OF_ALL + ReadThrottle.HIGH + connections * (ReadThrottle.HIGH_OF_MANY + (8L << 10)));

    // When they have gone, whoever comes has as much as ever.
    channels.forEach(EmbeddedChannel::finishAndReleaseAll);
    EmbeddedChannel late = new EmbeddedChannel();
    ReadThrottle throttle = new ReadThrottle(late);
    throttle.hold(ReadThrottle.HIGH);
    assertThat(late.config().isAutoRead()).isTrue();
    late.finishAndReleaseAll();
  }

  @Test
  void oneThatWasStoppedEarlyGoesOnWhenItsBytesAreRead() {
    EmbeddedChannel greedy = new EmbeddedChannel();
    new ReadThrottle(greedy).hold((int) ReadThrottle.HIGH_OF_ALL);
    EmbeddedChannel channel = new EmbeddedChannel();
    ReadThrottle throttle = new ReadThrottle(channel);
    throttle.hold(ReadThrottle.HIGH_OF_MANY + 1);
    assertThat(channel.config().isAutoRead()).isFalse();
    throttle.release(ReadThrottle.HIGH_OF_MANY + 1);
    assertThat(channel.config().isAutoRead()).isTrue();
    greedy.finishAndReleaseAll();
    channel.finishAndReleaseAll();
  }
}
