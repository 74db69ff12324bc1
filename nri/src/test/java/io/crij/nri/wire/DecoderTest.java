package io.crij.nri.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DecoderTest {
  private final List<TtrpcFrame> frames = new ArrayList<>();
  private final TtrpcDecoder decoder = new TtrpcDecoder();
  private final TrunkDecoder trunk = new TrunkDecoder((connection, bytes) -> frames.addAll(decoder.feed(bytes)));

  private static TtrpcFrame frame(int bytes) {
    byte[] body = new byte[bytes];
    new Random(bytes).nextBytes(body);
    return new TtrpcFrame(7, TtrpcFrame.Type.REQUEST, body);
  }

  @Test
  void aMessageOfAnyLengthComesBackWhole() throws Exception {
    for (int bytes : new int[] {0, 1, 4085, 4086, 4087, 16 << 10, (16 << 10) + 1, 300_000, TtrpcFrame.MAX_BODY_BYTES}) {
      for (ByteBuffer piece : Trunk.pieces(1, frame(bytes))) {
        trunk.feed(piece);
      }
      assertThat(frames).hasSize(1);
      assertThat(frames.getFirst().body()).isEqualTo(frame(bytes).body());
      assertThat(frames.getFirst().stream()).isEqualTo(7);
      frames.clear();
    }
  }

  @Test
  void aMessageGoesOutAsAReaderOfTheGoLibraryTakesItIn() {
    for (int bytes : new int[] {0, 4086, 4087, 100_000, TtrpcFrame.MAX_BODY_BYTES}) {
      Queue<ByteBuffer> pieces = Trunk.pieces(2, frame(bytes));
      assertThat(pieces).hasSizeLessThanOrEqualTo(2);
      assertThat(pieces.element().remaining()).isLessThanOrEqualTo(TrunkDecoder.HEADER_BYTES + 4096);
    }
  }

  @Test
  void messagesMayShareAPiece() throws Exception {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.write(frame(3).encode());
    both.write(frame(5).encode());
    trunk.feed(ByteBuffer.allocate(8 + both.size()).putInt(1).putInt(both.size()).put(both.toByteArray()).flip());
    assertThat(frames).extracting(frame -> frame.body().length).containsExactly(3, 5);
  }

  @Test
  void lengthsThatNothingHasAreRefusedBeforeTheBytesCome() {
    byte[] tooLong = ByteBuffer.allocate(10).putInt(TtrpcFrame.MAX_BODY_BYTES + 1).putInt(1).put((byte) 1).put((byte) 0).array();
    assertThatThrownBy(() -> decoder.feed(ByteBuffer.wrap(tooLong))).isInstanceOf(BrokenProtocol.class).hasMessageContaining("4194305 bytes");
    assertThatThrownBy(() -> trunk.feed(ByteBuffer.allocate(8).putInt(1).putInt(-1).flip()))
        .isInstanceOf(BrokenProtocol.class)
        .hasMessageContaining("4294967295 bytes");
  }

  @Test
  void dataStreamsAndUnknownTypesAreRefused() {
    for (int type : new int[] {0, 3, 255}) {
      byte[] header = ByteBuffer.allocate(10).putInt(0).putInt(1).put((byte) type).put((byte) 0).array();
      assertThatThrownBy(() -> new TtrpcDecoder().feed(ByteBuffer.wrap(header))).isInstanceOf(BrokenProtocol.class);
    }
  }
}
