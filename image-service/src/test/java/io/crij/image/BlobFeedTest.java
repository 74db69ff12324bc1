package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A blob whose server sends a few megabytes a second on each connection: whatever happens on the way, its bytes come in order. */
class BlobFeedTest {
  private static final byte[] BLOB = noise(4 << 20);
  private static final Descriptor DESCRIPTOR = new Descriptor("application/octet-stream", Digest.of(BLOB), BLOB.length);
  private static final RangeRules RULES = new RangeRules(256 << 10, Duration.ofMillis(40), 4);

  @TempDir Path folder;
  private PartialBlobs blobs;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();
  /** Offsets and ends of what was asked for, those of parts with a {@code p}. */
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final Semaphore budget = new Semaphore(8);
  private final AtomicInteger received = new AtomicInteger();

  @BeforeEach
  void open() throws IOException {
    blobs = PartialBlobs.open(folder.resolve("partial"), Clock.systemUTC());
  }

  @Test
  void aSlowConnectionGetsOthersBesideIt() throws IOException {
    assertThat(read(new Throttled())).isEqualTo(BLOB);
    assertThat(most.get()).as("connections at one time").isBetween(3, 5);
    assertThat(asked).filteredOn(ask -> ask.startsWith("p")).hasSizeGreaterThan(4).doesNotHaveDuplicates();
    assertThat(asked.getFirst()).isEqualTo("0-" + BLOB.length);
    assertThat(budget.availablePermits()).isEqualTo(8);
  }

  @Test
  void aConnectionThatItsReaderHoldsUpStaysAlone() throws IOException {
    BlobFeed.Source fast =
        new Throttled() {
          @Override
          InputStream stream(long from, long end) {
            return new Slow(from, end, 0, -1);
          }
        };
    try (PartialBlob partial = blobs.take(DESCRIPTOR);
        BlobFeed feed = feed(partial, fast)) {
      byte[] all = new byte[BLOB.length];
      int at = 0;
      for (int count = feed.read(all, 0, 4096); count > 0; count = feed.read(all, at, Math.min(4096, all.length - at))) {
        at += count;
        LockSupport.parkNanos(200_000);
      }
      assertThat(all).isEqualTo(BLOB);
    }
    assertThat(asked).containsExactly("0-" + BLOB.length);
  }

  @Test
  void theNodeAllowsOnlySoMany() throws IOException {
    budget.drainPermits();
    budget.release();
    assertThat(read(new Throttled())).isEqualTo(BLOB);
    assertThat(most.get()).isEqualTo(2);
  }

  @Test
  void aServerThatSendsNoPartsIsReadByOneConnection() throws IOException {
    byte[] all = read(new Throttled() {
      @Override
      public Optional<InputStream> part(long offset, long length) {
        asked.add("p" + offset);
        return Optional.empty();
      }
    });
    assertThat(all).isEqualTo(BLOB);
    assertThat(asked).filteredOn(ask -> ask.startsWith("p")).hasSizeBetween(1, 2);
    assertThat(asked).filteredOn(ask -> !ask.startsWith("p")).containsExactly("0-" + BLOB.length);
  }

  @Test
  void whatAPartLacksTheReaderFetches() throws IOException {
    byte[] all = read(new Throttled() {
      @Override
      public Optional<InputStream> part(long offset, long length) {
        asked.add("p" + offset);
        return Optional.of(new Slow(offset, offset + length, 1, offset + length / 3));
      }
    });
    assertThat(all).isEqualTo(BLOB);
    assertThat(asked).filteredOn(ask -> !ask.startsWith("p")).hasSizeGreaterThan(1);
  }

  @Test
  void aServerThatSendsLessOfAPartThanWasAskedForIsReadByTheConnectionThatIsThere() throws IOException {
    byte[] all = read(new Throttled() {
      @Override
      public Optional<InputStream> part(long offset, long length) {
        asked.add("p" + offset);
        return Optional.of(new Slow(offset, offset + 4096, 1, -1));
      }
    });
    assertThat(all).isEqualTo(BLOB);
    assertThat(asked).filteredOn(ask -> ask.startsWith("p")).hasSizeBetween(1, 2);
    // One, or two where the machine is so busy that the reader came to the first part before that had ended.
    assertThat(asked).filteredOn(ask -> !ask.startsWith("p")).hasSizeLessThanOrEqualTo(2).allMatch(ask -> ask.endsWith("-" + BLOB.length));
    assertThat(budget.availablePermits()).isEqualTo(8);
  }

  @Test
  void whatIsDroppedHarmsNobodyWhoStillFillsIt() throws IOException {
    try (PartialBlob partial = blobs.take(DESCRIPTOR)) {
      PartialBlob.Part dropped = Objects.requireNonNull(partial.claim(1000, 100, BLOB.length));
      dropped.write(new byte[50], 50);
      partial.dropBehind(0);
      assertThatThrownBy(() -> dropped.write(new byte[50], 50)).isInstanceOf(IOException.class);
      try (PartialBlob.Part again = Objects.requireNonNull(partial.claim(1000, 100, BLOB.length))) {
        again.write(Arrays.copyOfRange(BLOB, 1000, 1100), 100);
        dropped.close();
        byte[] read = new byte[100];
        assertThat(partial.read(1000, read, 0, 100)).isEqualTo(100);
        assertThat(read).isEqualTo(Arrays.copyOfRange(BLOB, 1000, 1100));
      }
      partial.forget();
    }
    assertThat(bytesOnDisk()).isZero();
  }

  @Test
  void whatWasFetchedFurtherOnIsKeptForTheNextPull() throws IOException {
    try (PartialBlob partial = blobs.take(DESCRIPTOR);
        BlobFeed feed = feed(partial, new Throttled())) {
      feed.readNBytes(1 << 20);
    }
    long kept = bytesOnDisk();
    assertThat(kept).isGreaterThan(1 << 20);
    asked.clear();
    byte[] all = read(new Throttled());
    assertThat(all).isEqualTo(BLOB);
    long fetched = asked.stream().map(ask -> ask.replace("p", "").split("-", 2)).mapToLong(ask -> Long.parseLong(ask[1]) - Long.parseLong(ask[0])).sum();
    assertThat(fetched).as("bytes asked for").isLessThan(2L * BLOB.length); // a connection that is broken off had asked for the rest
    assertThat(received.get()).as("bytes received in the second pull").isLessThanOrEqualTo((int) (BLOB.length - kept) + (512 << 10));
  }

  @Test
  void runsThatReachBehindTheEndGo() throws IOException {
    Path partial = folder.resolve("partial");
    Files.write(partial.resolve(DESCRIPTOR.digest().hex() + ".4000000"), new byte[300_000]);
    Files.write(partial.resolve(DESCRIPTOR.digest().hex() + ".99x"), new byte[3]);
    Files.write(partial.resolve(DESCRIPTOR.digest().hex() + ".2000000"), Arrays.copyOfRange(BLOB, 2_000_000, 3_000_000));
    Files.write(partial.resolve(DESCRIPTOR.digest().hex() + ".3000000"), new byte[0]);
    assertThat(read(new Throttled())).isEqualTo(BLOB);
    assertThat(received.get()).isLessThanOrEqualTo(BLOB.length - 1_000_000);
  }

  @Test
  void aFailureOfTheRegistryIsTheReaders() {
    assertThatThrownBy(
            () ->
                read(
                    new Throttled() {
                      @Override
                      InputStream stream(long from, long end) {
                        return new Slow(from, end, 1, 1_500_000);
                      }
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("cut");
    assertThat(open.get()).as("connections that are left").isZero();
  }

  private byte[] read(BlobFeed.Source source) throws IOException {
    received.set(0);
    try (PartialBlob partial = blobs.take(DESCRIPTOR)) {
      try (BlobFeed feed = feed(partial, source)) {
        byte[] all = feed.readAllBytes();
        partial.forget();
        return all;
      }
    } finally {
      assertThat(open.get()).isZero();
    }
  }

  private BlobFeed feed(PartialBlob partial, BlobFeed.Source source) {
    return new BlobFeed(BLOB.length, partial, source, new RangeFetch(BLOB.length, partial, source, RULES, budget));
  }

  private long bytesOnDisk() throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.list(folder.resolve("partial"))) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  /** 4 KiB in a bit more than a millisecond, on each connection. */
  private class Throttled implements BlobFeed.Source {
    InputStream stream(long from, long end) {
      return new Slow(from, end, 1, -1);
    }

    @Override
    public InputStream from(long offset, long end) {
      asked.add(offset + "-" + end);
      return stream(offset, end);
    }

    @Override
    public Optional<InputStream> part(long offset, long length) {
      asked.add("p" + offset + "-" + (offset + length));
      return Optional.of(stream(offset, offset + length));
    }
  }

  private final class Slow extends InputStream {
    private final long end;
    private final int millis;
    private final long cut;
    private long at;
    private boolean closed;

    Slow(long from, long end, int millis, long cut) {
      this.at = from;
      this.end = end;
      this.millis = millis;
      this.cut = cut;
      most.accumulateAndGet(open.incrementAndGet(), Math::max);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (millis > 0) {
        LockSupport.parkNanos(millis * 1_000_000L);
      }
      if (cut >= 0 && at >= cut) {
        throw new IOException("cut");
      }
      int count = (int) Math.min(Math.min(length, 4 << 10), end - at);
      if (count == 0) {
        return -1;
      }
      System.arraycopy(BLOB, (int) at, into, offset, count);
      at += count;
      received.addAndGet(count);
      return count;
    }

    @Override
    public int read() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        open.decrementAndGet();
      }
    }
  }

  private static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(4).nextBytes(bytes);
    return bytes;
  }
}
