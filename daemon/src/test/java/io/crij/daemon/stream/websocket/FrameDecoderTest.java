package io.crij.daemon.stream.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CorruptedFrameException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {
  private final EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder());

  private void read(String hex) {
    channel.writeInbound(Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex.replace(" ", ""))));
  }

  private List<String> pieces() {
    List<String> seen = new ArrayList<>();
    for (Piece piece = channel.readInbound(); piece != null; piece = channel.readInbound()) {
      seen.add(piece.opcode() + (piece.isFirst() ? " first" : "") + (piece.isLast() ? " last" : "") + " " + piece.content().toString(UTF_8));
      piece.release();
    }
    return seen;
  }

  @Test
  void theMaskedExampleOfTheRfcIsRead() {
    read("81 85 37fa213d 7f9f4d5158");
    assertThat(pieces()).containsExactly("TEXT first last Hello");
  }

  @Test
  void aFrameInTwoReadsIsTwoPieces() {
    read("82 85 37fa213d 7f9f");
    read("4d5158");
    assertThat(pieces()).containsExactly("BINARY first He", "BINARY last llo");
  }

  /** The mask goes on over the pieces of a frame, wherever they are cut. */
  @Test
  void aLongFrameIsUnmaskedWhereverItsPiecesBegin() {
    byte[] mask = {0x37, (byte) 0xfa, 0x21, 0x3d};
    byte[] plain = new byte[40_000];
    new Random(1).nextBytes(plain);
    for (int step : new int[] {1, 3, 7, 8, 9, 4_095, 40_000}) {
      ByteBuf frame = Unpooled.buffer().writeBytes(new byte[] {(byte) 0x82, (byte) 0xfe}).writeShort(plain.length).writeBytes(mask);
      for (int i = 0; i < plain.length; i++) {
        frame.writeByte(plain[i] ^ mask[i & 3]);
      }
      ByteBuf seen = Unpooled.buffer();
      while (frame.isReadable()) {
        channel.writeInbound(frame.readBytes(Math.min(step, frame.readableBytes())));
        for (Piece piece = channel.readInbound(); piece != null; piece = channel.readInbound()) {
          seen.writeBytes(piece.content());
          piece.release();
        }
      }
      assertThat(ByteBufUtil.getBytes(seen)).as("in steps of %d", step).isEqualTo(plain);
    }
  }

  @Test
  void everyByteMayComeAlone() {
    for (String each : "01 83 00000000 414243 89 82 00000000 7069 80 81 00000000 44".replace(" ", "").split("(?<=\\G..)")) {
      read(each);
    }
    assertThat(pieces()).containsExactly("TEXT first A", "TEXT B", "TEXT C", "PING first last pi", "TEXT last D");
  }

  @Test
  void emptyMessagesAndLongLengthsAreRead() {
    read("82 80 00000000");
    read("82 fe 0005 00000000 68656c6c6f");
    read("82 ff 0000000000000002 00000000 6869");
    assertThat(pieces()).containsExactly("BINARY first last ", "BINARY first last hello", "BINARY first last hi");
  }

  @ParameterizedTest
  @CsvSource({
    "82 05 48656c6c6f, not masked",
    "c2 80 00000000, reserved bit",
    "83 80 00000000, opcode is reserved",
    "09 80 00000000, control frame",
    "89 fe 0080 00000000, control frame",
    "80 80 00000000, never began",
    "82 ff 8000000000000000 00000000, negative"
  })
  void whatTheRfcForbidsIsAnError(String hex, String why) {
    assertThatThrownBy(() -> read(hex)).isInstanceOf(CorruptedFrameException.class).hasMessageContaining(why);
    read("82 80 00000000");
    assertThat(pieces()).isEmpty();
  }

  @Test
  void aMessageMayNotBeginInsideAnother() {
    read("02 81 00000000 41");
    assertThatThrownBy(() -> read("82 81 00000000 42")).isInstanceOf(CorruptedFrameException.class).hasMessageContaining("before the one before");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 125, 126, 65_535, 65_536})
  void whatTheServerWritesHasTheLengthOfItsPayload(int length) {
    var frame = Frames.start(channel.alloc(), Opcode.BINARY, length);
    assertThat(frame.readUnsignedByte()).isEqualTo((short) 0x82);
    int code = frame.readUnsignedByte();
    long read = code < 126 ? code : code == 126 ? frame.readUnsignedShort() : frame.readLong();
    assertThat(read).isEqualTo(length);
    assertThat(frame.isReadable()).isFalse();
    frame.release();
  }
}
