package io.crij.daemon.stream.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.crij.daemon.stream.wire.ReadThrottle;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class TunnelTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();

  TunnelTest() {
    ReadThrottle throttle = new ReadThrottle(channel);
    channel.pipeline().addLast(throttle, new FrameDecoder(), new Tunnel(throttle));
  }

  private String outbound() {
    StringBuilder hex = new StringBuilder();
    for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
      hex.append(ByteBufUtil.hexDump(bytes));
      bytes.release();
    }
    return hex.toString();
  }

  private String inbound() {
    StringBuilder text = new StringBuilder();
    for (ByteBuf bytes = channel.readInbound(); bytes != null; bytes = channel.readInbound()) {
      text.append(bytes.toString(UTF_8));
      bytes.release();
    }
    return text.toString();
  }

  private void read(String hex) {
    channel.writeInbound(Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex)));
  }

  @Test
  void messagesAreAStreamOfBytesWhereverTheyEnd() {
    read("02810000000041");
    read("808100000000428282000000004344");
    assertThat(inbound()).isEqualTo("ABCD");
  }

  @Test
  void whatIsWrittenIsABinaryMessage() {
    channel.writeOutbound(Unpooled.copiedBuffer("SPDY", UTF_8));
    assertThat(outbound()).isEqualTo("820453504459");
  }

  @Test
  void pingsAreAnsweredAndACloseCloses() {
    read("8982000000006869");
    assertThat(outbound()).isEqualTo("8a026869");
    read("888000000000");
    assertThat(outbound()).startsWith("880203e8");
    assertThat(channel.isOpen()).isFalse();
  }
}
