package io.crij.daemon.stream.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class InboundTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ReadThrottle throttle = new ReadThrottle(channel);
  private final Inbound inbound = new Inbound(throttle);

  private String read(int most) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(most);
    int count = inbound.read(into);
    return count < 0 ? "end" : new String(into.array(), 0, count, US_ASCII);
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, US_ASCII);
  }

  @Test
  void bytesAreReadInOrderInAnyPortionsThenTheEnd() throws IOException {
    inbound.offer(text("hello"));
    inbound.offer(text(" world"));
    inbound.finish();
    inbound.offer(text("too late"));
    assertThat(read(3)).isEqualTo("hel");
    assertThat(read(4)).isEqualTo("lo w");
    assertThat(read(100)).isEqualTo("orld");
    assertThat(read(100)).isEqualTo("end");
    assertThat(throttle.held()).isZero();
  }

  @Test
  void aLostStreamGivesNothingAndHoldsNothing() {
    ByteBuf chunk = text("hello");
    inbound.offer(chunk);
    inbound.lose("the client left");
    assertThatThrownBy(() -> read(1)).isInstanceOf(ClientGone.class).hasMessage("the client left");
    assertThat(chunk.refCnt()).isZero();
    assertThat(throttle.held()).isZero();
  }

  @Test
  void whatIsIgnoredIsReleasedBeforeAndAfter() {
    ByteBuf before = text("a");
    ByteBuf after = text("b");
    inbound.offer(before);
    inbound.ignore();
    inbound.offer(after);
    assertThat(before.refCnt() + after.refCnt()).isZero();
    assertThat(throttle.held()).isZero();
  }

  @Test
  void chunksOfOneByteCountForWhatTheyCost() throws IOException {
    int chunks = 0;
    while (channel.config().isAutoRead()) {
      inbound.offer(text("x"));
      chunks++;
    }
    assertThat(chunks).isLessThan(10_000);
    while (!channel.config().isAutoRead()) {
      read(1);
      chunks--;
    }
    assertThat(chunks).isGreaterThan(0);
    inbound.ignore();
    assertThat(throttle.held()).isZero();
  }
}
