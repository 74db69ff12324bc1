package io.crij.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdOutputStream;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.NodeBusyException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

class ZstdWindowsTest {
  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  private static long window(byte[] frame) throws IOException {
    return new ZstdHead().window(ByteBuffer.wrap(frame));
  }

  @Test
  void theHeadTellsTheWindow() throws IOException {
    assertThat(window(hex("28b52ffd 00 88"))).isEqualTo(128L << 20);
    assertThat(window(hex("28b52ffd 00 89"))).isEqualTo((128L << 20) + (16 << 20));
    assertThat(window(hex("28b52ffd 00 ff"))).isEqualTo((1L << 41) / 8 * 15);
    assertThat(window(hex("28b52ffd 20 07"))).as("one segment, one byte").isEqualTo(7);
    assertThat(window(hex("28b52ffd 60 0001"))).as("two bytes and 256").isEqualTo(512);
    assertThat(window(hex("28b52ffd a1 ee 00000010"))).as("four bytes, behind a dictionary's number").isEqualTo(1 << 28);
    assertThat(window(hex("28b52ffd e0 ffffffffffffffff"))).as("more than a long").isEqualTo(Long.MAX_VALUE);
    assertThat(window(hex("502a4d18 ffffffff"))).as("passed over").isZero();
    assertThatThrownBy(() -> window(hex("27b52ffd 00 ff"))).as("a form before the standard").isInstanceOf(HostileContentException.class);
  }

  @Test
  void whatALibraryWritesIsUnderstoodHoweverItIsCut() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (ZstdOutputStream zstd = new ZstdOutputStream(packed, 3).setLong(27)) {
      zstd.write(new byte[100]);
    }
    byte[] frame = packed.toByteArray();
    for (int cut = 0; cut < 6; cut++) {
      ZstdHead head = new ZstdHead();
      assertThat(head.window(ByteBuffer.wrap(Arrays.copyOf(frame, cut)))).isEqualTo(-1);
      assertThat(head.window(ByteBuffer.wrap(Arrays.copyOfRange(frame, cut, frame.length)))).as("cut at %d", cut).isEqualTo(128L << 20);
    }
    try (ZstdCompressCtx context = new ZstdCompressCtx()) {
      for (int size : new int[] {0, 1, 255, 256, 70_000, 3_000_000}) {
        byte[] all = context.compress(new byte[size]);
        assertThat(window(all)).as("%d bytes", size).isBetween(0L, ZstdWindows.USUAL_BYTES);
        assertThat(Zstd.getFrameContentSize(all)).isEqualTo(size);
      }
    }
  }

  @Test
  void twoLargeOnesAtATimeAndAnyNumberOfUsualOnes() throws IOException {
    Semaphore two = new Semaphore(2);
    ZstdWindows first = new ZstdWindows(two, Duration.ofMillis(50));
    ZstdWindows second = new ZstdWindows(two, Duration.ofMillis(50));
    ZstdWindows third = new ZstdWindows(two, Duration.ofMillis(50));
    first.need(128 << 20);
    first.need(128 << 20); // The next frame of the same layer.
    second.need(9 << 20);
    third.need(ZstdWindows.USUAL_BYTES);
    assertThatThrownBy(() -> third.need(9 << 20)).isInstanceOf(NodeBusyException.class).hasMessageContaining("9 MiB");
    first.close();
    first.close();
    third.need(9 << 20);
    assertThat(two.availablePermits()).isZero();
    second.close();
    third.close();
    assertThat(two.availablePermits()).isEqualTo(2);
  }

  @Test
  void whoWaitsCanBeStopped() {
    ZstdWindows waiting = new ZstdWindows(new Semaphore(0), Duration.ofMinutes(5));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> waiting.need(64 << 20)).isInstanceOf(java.io.InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
