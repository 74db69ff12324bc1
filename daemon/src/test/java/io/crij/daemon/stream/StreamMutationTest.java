package io.crij.daemon.stream;

import io.crij.daemon.stream.session.SizesTarget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySettingsFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdySettingsFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Sessions that were right, with a few bytes changed, cut out or doubled; the same ones in each run. */
class StreamMutationTest {
  private static final int ROUNDS = 2_000;

  private static final byte[] SPDY = spdy();

  private static byte[] spdy() {
    EmbeddedChannel codec = new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1, false));
    String[] types = {"error", "stdin", "stdout", "stderr"};
    for (int i = 0; i < types.length; i++) {
      DefaultSpdySynStreamFrame syn = new DefaultSpdySynStreamFrame(1 + 2 * i, 0, (byte) 0);
      syn.headers().set("streamtype", types[i]).set("port", "80").set("requestid", "1");
      codec.writeOutbound(syn);
    }
    codec.writeOutbound(new DefaultSpdyDataFrame(3, Unpooled.copiedBuffer("some input", StandardCharsets.UTF_8)));
    codec.writeOutbound(new DefaultSpdyPingFrame(1));
    DefaultSpdySettingsFrame settings = new DefaultSpdySettingsFrame();
    settings.setValue(SpdySettingsFrame.SETTINGS_INITIAL_WINDOW_SIZE, 70_000);
    codec.writeOutbound(settings);
    codec.writeOutbound(new DefaultSpdyWindowUpdateFrame(3, 5));
    codec.writeOutbound(new DefaultSpdyRstStreamFrame(5, 5));
    codec.writeOutbound(new DefaultSpdyDataFrame(3, Unpooled.EMPTY_BUFFER).setLast(true));
    codec.writeOutbound(new DefaultSpdyGoAwayFrame(7, 0));
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (ByteBuf bytes = codec.readOutbound(); bytes != null; bytes = codec.readOutbound()) {
      all.writeBytes(ByteBufUtil.getBytes(bytes));
      bytes.release();
    }
    codec.finishAndReleaseAll();
    return all.toByteArray();
  }

  private static byte[] masked(byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.writeBytes(HexFormat.of().parseHex("82fe"));
    frame.write(payload.length >> 8);
    frame.write(payload.length);
    frame.writeBytes(new byte[4]);
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  private static void mutate(byte[] seed, long number, Consumer<byte[]> target) {
    Random random = new Random(number);
    target.accept(seed);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = seed.clone();
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(4)) {
          case 0 -> bytes[at] = (byte) random.nextInt(256);
          case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
          case 2 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
          default -> {
            byte[] doubled = Arrays.copyOf(bytes, bytes.length + bytes.length - at);
            System.arraycopy(bytes, at, doubled, bytes.length, bytes.length - at);
            bytes = doubled;
          }
        }
      }
      try {
        target.accept(bytes);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("round " + round + ": " + HexFormat.of().formatHex(bytes), e);
      }
    }
  }

  @Test
  void spdySessions() {
    mutate(SPDY, 1, StreamTargets::spdy);
  }

  @Test
  void tunnelledSpdySessions() {
    mutate(masked(SPDY), 2, StreamTargets::tunnel);
  }

  @Test
  void streamsOfACommand() {
    mutate(SPDY, 3, StreamTargets::command);
  }

  @Test
  void webSocketChannels() {
    String frames =
        "8286000000000068656c6c6f" + "0281000000000030" + "890100" + "8a8000000000" + "80850000000061474673" + "8282000000ff00ff" + "8188000000003461475673624738" + "888200000000" + "03e8";
    mutate(HexFormat.of().parseHex(frames.length() % 2 == 0 ? frames : frames + "0"), 4, StreamTargets::channels);
  }

  @Test
  void terminalSizes() {
    mutate("{\"Width\":80,\"Height\":24}\n{\"Width\":132,\"x\":[1,{}],\"Height\":43}".getBytes(StandardCharsets.UTF_8), 5, SizesTarget::run);
  }
}
