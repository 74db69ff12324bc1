package io.crij.image;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What of one blob is on disk, in runs of bytes: each has a file, whose length says how far it goes. One reader takes the blob in its
 * order and adds what it gets elsewhere; others fill parts further on. A file that cannot be written, as on a full disk, is given up
 * with all others, and the pull goes on without them.
 */
final class PartialBlob implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PartialBlob.class);

  /** Bytes from an offset on. Streams, not a channel: an interrupt closes a channel, and a pull that is stopped is to be resumed, too. */
  private static final class Run {
    final long offset;
    final Path file;
    long length;
    /** Where it will end if somebody is filling it, else {@link #offset}. */
    long claimedTo;
    @Nullable InputStream reader;
    long readAt;
    @Nullable OutputStream writer;

    Run(long offset, Path file, long length) {
      this.offset = offset;
      this.file = file;
      this.length = length;
      this.claimedTo = offset;
      this.readAt = offset;
    }

    long end() {
      return offset + length;
    }

    boolean isFilled(long at) {
      return at >= offset && at < claimedTo;
    }
  }

  /** A part that one thread fills from its beginning on. */
  final class Part implements AutoCloseable {
    private final Run run;
    private final long end;

    private Part(Run run, long end) {
      this.run = run;
      this.end = end;
    }

    long offset() {
      return run.offset;
    }

    long length() {
      return end - run.offset;
    }

    /** @throws IOException if the disk takes no more, or the blob is not kept any longer */
    void write(byte[] bytes, int count) throws IOException {
      add(run, bytes, 0, count);
    }

    /** What is missing is left to the reader. */
    @Override
    public void close() {
      synchronized (PartialBlob.this) {
        run.claimedTo = run.offset;
        if (run.length == 0) {
          discard(run);
        }
        PartialBlob.this.notifyAll();
      }
    }
  }

  private final @Nullable Path file;
  private final TreeMap<Long, Run> runs = new TreeMap<>();
  private final long present;
  private final Runnable atEnd;
  private boolean givenUp;

  private PartialBlob(@Nullable Path file, List<Run> runs, Runnable atEnd) {
    runs.forEach(run -> this.runs.put(run.offset, run));
    this.file = file;
    this.present = runs.stream().mapToLong(run -> run.length).sum();
    this.atEnd = atEnd;
  }

  /**
   * A blob that is kept.
   *
   * @param file of its first run; those of others have the offset at the end of their names
   * @param files that are there, by offset
   */
  static PartialBlob of(Path file, Map<Long, Path> files, Runnable atEnd) throws IOException {
    List<Run> runs = new ArrayList<>();
    for (Map.Entry<Long, Path> known : files.entrySet()) {
      runs.add(new Run(known.getKey(), known.getValue(), Files.size(known.getValue())));
    }
    return new PartialBlob(file, runs, atEnd);
  }

  /** A blob that is not kept. */
  static PartialBlob none() {
    return new PartialBlob(null, List.of(), () -> {});
  }

  /** How many bytes need not be fetched. */
  long present() {
    return present;
  }

  synchronized boolean isKept() {
    return file != null && !givenUp;
  }

  /** Bytes at this place of the blob that are on disk; 0 if there are none. For the reader. */
  int read(long at, byte[] into, int offset, int length) throws IOException {
    Run run;
    long left;
    synchronized (this) {
      Map.Entry<Long, Run> below = runs.floorEntry(at);
      if (below == null || at >= below.getValue().end()) {
        return 0;
      }
      run = below.getValue();
      left = run.end() - at;
    }
    InputStream in = run.reader;
    if (in == null) {
      in = new FileInputStream(run.file.toFile());
      run.reader = in;
    }
    in.skipNBytes(at - run.readAt);
    int count = in.read(into, offset, (int) Math.min(length, left));
    if (count <= 0) {
      throw new IOException("the partial file " + run.file + " became shorter");
    }
    run.readAt = at + count;
    return count;
  }

  /** Waits while another fills this place; false if nobody does, and the reader is to get it elsewhere. */
  synchronized boolean await(long at) throws InterruptedIOException {
    while (true) {
      Map.Entry<Long, Run> below = runs.floorEntry(at);
      if (below == null) {
        return false;
      }
      if (at < below.getValue().end()) {
        return true;
      }
      if (!below.getValue().isFilled(at)) {
        return false;
      }
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the pull was stopped");
      }
    }
  }

  /** Where the next run begins that lies wholly behind this place; {@link Long#MAX_VALUE} if none does. */
  synchronized long nextRun(long at) {
    Long next = runs.higherKey(at);
    return next == null ? Long.MAX_VALUE : next;
  }

  /** Keeps what the reader got for this place. */
  void append(long at, byte[] bytes, int offset, int length) {
    try {
      Run run;
      synchronized (this) {
        if (!isKept()) {
          return;
        }
        Map.Entry<Long, Run> below = runs.floorEntry(at);
        if (below != null && below.getValue().isFilled(at)) {
          return;
        }
        run = below != null && below.getValue().end() == at ? below.getValue() : begin(at);
      }
      run.readAt = at + length; // the reader has seen these
      add(run, bytes, offset, length);
    } catch (IOException e) {
      log.debug("a blob is not kept for a resumed pull", e);
      forget();
    }
  }

  /**
   * The first part from {@code from} on that nobody has and nobody fills; null if there is none below {@code size}, or nothing is kept.
   *
   * @param most how long it may be
   */
  synchronized @Nullable Part claim(long from, long most, long size) throws IOException {
    long at = from;
    for (Map.Entry<Long, Run> below = runs.floorEntry(at); below != null && at < extent(below.getValue()); below = runs.floorEntry(at)) {
      at = extent(below.getValue());
    }
    if (at >= size || !isKept()) {
      return null;
    }
    Run run = begin(at);
    run.claimedTo = Math.min(Math.min(at + most, size), nextRun(at));
    return new Part(run, run.claimedTo);
  }

  private static long extent(Run run) {
    return Math.max(run.end(), run.claimedTo);
  }

  private Run begin(long at) throws IOException {
    Run known = runs.get(at); // which is empty
    if (known != null) {
      return known;
    }
    Path path = Objects.requireNonNull(file);
    Path own = at == 0 ? path : path.resolveSibling(path.getFileName() + "." + at);
    PartialBlobs.create(own);
    Run run = new Run(at, own, 0);
    runs.put(at, run);
    return run;
  }

  // One thread adds to a run, so only what others look at is under the lock.
  private void add(Run run, byte[] bytes, int offset, int length) throws IOException {
    OutputStream out;
    synchronized (this) {
      if (!isKept() || runs.get(run.offset) != run) {
        throw new IOException("the blob is not kept any longer");
      }
      if (run.writer == null) {
        run.writer = new FileOutputStream(run.file.toFile(), true);
      }
      out = run.writer;
    }
    out.write(bytes, offset, length);
    synchronized (this) {
      run.length += length;
      notifyAll();
    }
  }

  /** Gives up what lies wholly behind this place, also what others are filling there. For the reader. */
  synchronized void dropBehind(long at) {
    List.copyOf(runs.tailMap(at, false).values()).forEach(this::discard);
    notifyAll();
  }

  /** The blob is not needed any more, or what is in the files is not the blob. */
  synchronized void forget() {
    givenUp = true;
    List.copyOf(runs.values()).forEach(this::discard);
    notifyAll();
  }

  /** The files stay for the next pull unless {@link #forget} was called. Nobody may be filling a part any more. */
  @Override
  public void close() {
    synchronized (this) {
      runs.values().forEach(PartialBlob::closeStreams);
    }
    atEnd.run();
  }

  private void discard(Run run) {
    closeStreams(run);
    if (!runs.remove(run.offset, run)) {
      return; // it is gone, and its file may be that of another one by now
    }
    try {
      Files.deleteIfExists(run.file);
    } catch (IOException e) {
      log.warn("the partial file {} stays until it is swept away: {}", run.file, e.getMessage());
    }
  }

  private static void closeStreams(Run run) {
    try (InputStream in = run.reader;
        OutputStream out = run.writer) {
      run.reader = null;
      run.writer = null;
    } catch (IOException e) {
      log.debug("closing {} failed", run.file, e);
    }
  }
}
