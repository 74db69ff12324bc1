package io.crij.daemon.stream.spdy;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.daemon.stream.wire.ReadThrottle;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SpdyForwardHalvesTest {
  /** A stream waits half a minute for its other half, and a client can open and reset a million in that time. */
  @Test
  void halvesThatTheirClientHasResetAreNotCollected() throws Exception {
    EmbeddedChannel channel = new EmbeddedChannel();
    SpdySession session = new SpdySession(channel, new ReadThrottle(channel), SpdyForward.MAX_STREAMS);
    channel.pipeline().addLast(session);
    SpdyForward forward =
        new SpdyForward(
            session,
            port -> {
              throw new AssertionError("no connection is complete");
            },
            "a test");
    for (int i = 0; i < 3 * SpdyForward.MAX_STREAMS; i++) {
      int id = 2 * i + 1;
      DefaultSpdySynStreamFrame syn = new DefaultSpdySynStreamFrame(id, 0, (byte) 0);
      syn.headers().set("streamtype", "error").set("port", "80").set("requestid", Integer.toString(i));
      channel.writeInbound(syn, new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
      forward.take(Objects.requireNonNull(session.accept(0)));
      channel.releaseOutbound();
    }
    assertThat(forward.halves()).isLessThanOrEqualTo(SpdyForward.MAX_STREAMS);
    channel.finishAndReleaseAll();
  }
}
