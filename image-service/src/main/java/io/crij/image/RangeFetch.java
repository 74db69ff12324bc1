package io.crij.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * More connections for one blob, where one is the bottleneck: its reader does little but wait for it. Each fetches a part further on
 * and writes it to disk, from where the reader takes it. One is added at a time, as long as the last one brought more than a quarter
 * of the rate before it: a line that is full by itself is not divided further. What breaks here is left to the reader. A server that
 * sends less of a part than it was asked for gives no parts: the reader goes on with one connection ({@link #isUseless}).
 */
final class RangeFetch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RangeFetch.class);
  /** Connections that begin with; the reader's own is over when it comes to the first part. */
  private static final int FIRST = 2;
  private static final int BUFFER_BYTES = 64 << 10;
  private static final double WORTH = 1.25;

  private final long size;
  private final PartialBlob partial;
  private final BlobFeed.Source source;
  private final RangeRules rules;
  private final Semaphore budget;
  private final List<Thread> threads = new ArrayList<>();
  private long windowBegan = System.nanoTime();
  private long windowBytes;
  private long windowWaited;
  private double bestRate;
  private long cursor;
  private int running;
  /** The server sends no parts, or something failed, or the end is near. */
  private boolean over;
  /** The server ended a part early. */
  private boolean useless;
  private boolean used;

  /** @param budget connections of this kind that the node may have */
  RangeFetch(long size, PartialBlob partial, BlobFeed.Source source, RangeRules rules, Semaphore budget) {
    this.size = size;
    this.partial = partial;
    this.source = source;
    this.rules = rules;
    this.budget = budget;
  }

  /** The reader's own connection brought {@code count} bytes, for which it had to wait. */
  synchronized void received(long at, int count, long nanos) {
    windowBytes += count;
    windowWaited += nanos;
    long elapsed = System.nanoTime() - windowBegan;
    if (over || running > 0 || elapsed < rules.window().toNanos()) {
      return;
    }
    boolean slow = windowWaited > elapsed / 4 * 3;
    if (slow && size - at >= 3 * rules.partBytes()) {
      cursor = Math.max(cursor, at + count + rules.partBytes());
      rateOfWindow();
      for (int i = 0; i < FIRST; i++) {
        start();
      }
    }
    begin();
  }

  private void rateOfWindow() {
    bestRate = Math.max(bestRate, windowBytes * 1e9 / (System.nanoTime() - windowBegan));
  }

  private void begin() {
    windowBegan = System.nanoTime();
    windowBytes = 0;
    windowWaited = 0;
  }

  private void start() {
    if (!over && running < rules.connections() && budget.tryAcquire()) {
      running++;
      threads.add(Thread.ofVirtual().name("range-" + threads.size()).start(this::work));
    }
  }

  private void work() {
    try {
      for (PartialBlob.Part part = next(); part != null; part = next()) {
        try (PartialBlob.Part filled = part) {
          if (!fill(filled)) {
            log.debug("the server sends no parts of a blob");
            over();
          }
        }
      }
    } catch (IOException e) {
      log.debug("a part of a blob is left to its reader", e);
      over();
    } finally {
      budget.release();
      synchronized (this) {
        running--;
      }
    }
  }

  private synchronized PartialBlob.@Nullable Part next() throws IOException {
    PartialBlob.Part part = over ? null : partial.claim(cursor, rules.partBytes(), size);
    if (part != null) {
      cursor = part.offset() + part.length();
    }
    return part;
  }

  /** False if the server sends no parts. */
  private boolean fill(PartialBlob.Part part) throws IOException {
    Optional<InputStream> opened = source.part(part.offset(), part.length());
    if (opened.isEmpty()) {
      return false;
    }
    try (InputStream body = opened.get()) {
      byte[] buffer = new byte[BUFFER_BYTES];
      long left = part.length();
      while (left > 0) {
        int count = body.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) {
          useless();
          throw new IOException("a part ended " + left + " bytes early");
        }
        part.write(buffer, count);
        left -= count;
        came(count);
      }
    }
    return true;
  }

  private synchronized void useless() {
    useless = true;
    over = true;
  }

  /** Whether the server's parts are not to be had: what came of them is worth less than the reader's own connection. */
  synchronized boolean isUseless() {
    return useless;
  }

  /** Whether bytes came here. */
  synchronized boolean wasUsed() {
    return used;
  }

  private synchronized void came(int count) {
    used = true;
    windowBytes += count;
    long elapsed = System.nanoTime() - windowBegan;
    if (elapsed >= rules.window().toNanos()) {
      double before = bestRate;
      rateOfWindow();
      if (bestRate > before * WORTH) {
        start();
      }
      begin();
    }
  }

  private synchronized void over() {
    over = true;
  }

  /** Returns when nothing is fetched here any more. */
  @Override
  public void close() {
    List<Thread> all;
    synchronized (this) {
      over = true;
      all = List.copyOf(threads);
    }
    all.forEach(Thread::interrupt);
    boolean interrupted = false;
    for (Thread thread : all) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
