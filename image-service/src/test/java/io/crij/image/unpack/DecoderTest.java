package io.crij.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.crij.helper.inflate.HostZstd;
import io.crij.helper.inflate.IsaLInflater;
import io.crij.image.content.HostileContentException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The same streams for each decoder of a form: whichever library inflates, the answer is one. */
class DecoderTest {
  private static final byte[] FIRST = text(300_000, 1);
  private static final byte[] SECOND = text(70_000, 2);

  private final ChunkPool pool = new ChunkPool();

  @BeforeEach
  void enter() {
    pool.enter();
  }

  @AfterEach
  void leave() {
    pool.leave();
  }

  @TestFactory
  Stream<DynamicTest> gzipMembersFollowEachOther() {
    byte[] both = join(gzip(FIRST), gzip(SECOND));
    return each(decoder -> assertThat(decode(decoder, both, 1000)).isEqualTo(join(FIRST, SECOND)));
  }

  @TestFactory
  Stream<DynamicTest> everyCutOfTheInputGivesTheSameBytes() {
    byte[] both = join(gzip(Arrays.copyOf(FIRST, 500)), gzip(Arrays.copyOf(SECOND, 300)));
    byte[] plain = join(Arrays.copyOf(FIRST, 500), Arrays.copyOf(SECOND, 300));
    return each(
        decoder -> {
          for (int piece = 1; piece < 60; piece++) {
            assertThat(decode(decoder, both, piece)).isEqualTo(plain);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> allHeaderFieldsArePassedOver() {
    byte[] plain = gzip(FIRST);
    // FEXTRA, FNAME and FCOMMENT of RFC 1952: 5 bytes of extra field, a name, a comment
    byte[] fields = {5, 0, 1, 2, 3, 4, 5, 'n', 0, 'c', 'c', 0};
    byte[] header = Arrays.copyOf(plain, 10);
    header[3] = 4 | 8 | 16;
    byte[] all = join(join(header, fields), Arrays.copyOfRange(plain, 10, plain.length));
    return each(decoder -> assertThat(decode(decoder, all, 7)).isEqualTo(FIRST));
  }

  /** Its last member is empty and says in its extra field where the table of contents begins. */
  @TestFactory
  Stream<DynamicTest> theFooterOfAnEStargzLayerIsNothing() {
    byte[] footer =
        ("\u001f\u008b\b\u0004\0\0\0\0\0\u00ff\u001a\0SG\u0016\0" + "00000000000004d2STARGZ" + "\u0001\0\0\u00ff\u00ff" + "\0".repeat(8))
            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    assertThat(footer).hasSize(51);
    byte[] all = join(join(gzip(FIRST), gzip(SECOND)), footer);
    return each(
        decoder -> {
          for (int piece : new int[] {1, 51, 1000}) {
            assertThat(decode(decoder, all, piece)).isEqualTo(join(FIRST, SECOND));
          }
        });
  }

  /** Its table of contents and its footer are frames that nobody reads. */
  @TestFactory
  Stream<DynamicTest> theTablesOfAZstdChunkedLayerAreNothing() {
    byte[] table = join(new byte[] {0x50, 0x2a, 0x4d, 0x18, 100, 0, 0, 0}, new byte[100]);
    byte[] footer = join(new byte[] {0x50, 0x2a, 0x4d, 0x18, 64, 0, 0, 0}, join(new byte[56], "GNUlInUx".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
    byte[] all = join(join(Zstd.compress(FIRST), Zstd.compress(SECOND)), join(table, footer));
    return eachOfZstd(
        decoder -> {
          for (int piece : new int[] {1, 64, 1000}) {
            assertThat(decode(decoder, all, piece)).isEqualTo(join(FIRST, SECOND));
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> aWrongChecksumIsSeen() {
    byte[] wrong = gzip(FIRST);
    wrong[wrong.length - 6] ^= 1;
    return each(decoder -> assertThatThrownBy(() -> decode(decoder, wrong, 999)).isInstanceOf(HostileContentException.class));
  }

  @TestFactory
  Stream<DynamicTest> aStreamThatIsCutOffIsSeen() {
    byte[] whole = gzip(FIRST);
    return each(
        decoder -> {
          for (int length : new int[] {3, 9, 11, whole.length / 2, whole.length - 8, whole.length - 1}) {
            assertThatThrownBy(() -> decode(decoder, Arrays.copyOf(whole, length), 999)).isInstanceOf(HostileContentException.class);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> whatFollowsAMemberMustBeAMember() {
    byte[] trailed = join(gzip(FIRST), "some garbage behind".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    return each(decoder -> assertThatThrownBy(() -> decode(decoder, trailed, 999)).isInstanceOf(HostileContentException.class));
  }

  @TestFactory
  Stream<DynamicTest> zstdFramesFollowEachOther() {
    byte[] skippable = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};
    byte[] all = join(skippable, join(Zstd.compress(FIRST), join(skippable, Zstd.compress(SECOND))));
    return eachOfZstd(
        decoder -> {
          for (int piece : new int[] {1, 7, 100, 100_000}) {
            assertThat(decode(decoder, all, piece)).isEqualTo(join(FIRST, SECOND));
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> aZstdStreamThatIsCutOffIsSeen() {
    byte[] all = join(Zstd.compress(FIRST), Zstd.compress(SECOND));
    return eachOfZstd(
        decoder -> {
          for (int length : new int[] {5, 100, all.length / 2, all.length - 9, all.length - 1}) {
            assertThatThrownBy(() -> decode(decoder, Arrays.copyOf(all, length), 100)).isInstanceOf(HostileContentException.class);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> brokenZstdIsSeen() {
    byte[] wrong = join(Zstd.compress(FIRST), "some garbage behind".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    return eachOfZstd(
        decoder ->
            assertThatThrownBy(() -> decode(decoder, wrong, 100))
                .isInstanceOf(HostileContentException.class)
                .hasMessageContaining("zstd stream is broken"));
  }

  @TestFactory
  Stream<DynamicTest> aZstdWindowAboveTheLimitIsRefused() {
    // RFC 8878, 3.1.1.1: no single segment, no content size, a window of 1 << (10 + 18) bytes; then a raw block of one byte, the last
    byte[] wide = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) (18 << 3), 9, 0, 0, 'x'};
    byte[] narrow = wide.clone();
    narrow[5] = 0;
    return eachOfZstd(
        decoder -> {
          assertThat(decode(decoder, narrow, 100)).containsExactly('x');
          assertThatThrownBy(() -> decode(decoder, wide, 100)).isInstanceOf(HostileContentException.class);
        });
  }

  private static Stream<DynamicTest> eachOfZstd(Check check) {
    return Stream.concat(
        Stream.of(DynamicTest.dynamicTest("bundled", () -> check.of(() -> new ZstdDecoder(new BundledZstdFrames(), new ZstdWindows())))),
        // Debian's own package manager needs the library: where it is missing the host is another.
        HostZstd.open().stream()
            .peek(HostZstd::close)
            .map(present -> DynamicTest.dynamicTest("host", () -> check.of(() -> new ZstdDecoder(new HostZstdFrames(HostZstd.open().orElseThrow()), new ZstdWindows())))));
  }

  private interface Check {
    void of(Supplier<Decoder> decoder) throws IOException;
  }

  private static Stream<DynamicTest> each(Check check) {
    Stream<DynamicTest> always = Stream.of(DynamicTest.dynamicTest("the JDK's", () -> check.of(() -> new GzipDecoder(new JdkBody()))));
    // A host may be without the library; the tests of this project install it.
    Stream<DynamicTest> isaL =
        IsaLInflater.open().stream()
            .peek(IsaLInflater::close)
            .map(present -> DynamicTest.dynamicTest("ISA-L", () -> check.of(() -> new GzipDecoder(new IsaLBody(IsaLInflater.open().orElseThrow())))));
    return Stream.concat(always, isaL);
  }

  private byte[] decode(Supplier<Decoder> decoders, byte[] stream, int piece) throws IOException {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    Chunk in = pool.take();
    Chunk out = pool.take();
    try (Decoder decoder = decoders.get()) {
      for (int at = 0; at < stream.length; at += piece) {
        in.bytes().clear().put(stream, at, Math.min(piece, stream.length - at)).flip();
        for (decoder.decode(in, out); !out.bytes().hasRemaining(); decoder.decode(in, out)) {
          drain(out, plain);
        }
        assertThat(in.bytes().hasRemaining()).isFalse();
      }
      decoder.end();
      drain(out, plain);
    } finally {
      pool.give(in);
      pool.give(out);
    }
    return plain.toByteArray();
  }

  private static void drain(Chunk out, ByteArrayOutputStream plain) {
    byte[] bytes = new byte[out.bytes().flip().remaining()];
    out.bytes().get(bytes).clear();
    plain.writeBytes(bytes);
  }

  private static byte[] gzip(byte[] plain) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(all)) {
      gzip.write(plain);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return all.toByteArray();
  }

  /** Bytes that shrink to about a half. */
  private static byte[] text(int length, long seed) {
    Random random = new Random(seed);
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i % 3 == 0 ? random.nextInt(64) : 'a');
    }
    return bytes;
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
