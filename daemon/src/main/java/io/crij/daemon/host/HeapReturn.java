package io.crij.daemon.host;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Gives heap back to the node after work. The serial collector lets memory go only in a full collection, and a heap that once grew for
 * a pull would wait for days until it is full. So it is collected when it has grown since the last time and no pull goes on; a node
 * that does what it did before lets it be.
 */
public final class HeapReturn {
  private static final Duration PAUSE = Duration.ofSeconds(20);

  /** Growth by so many bytes is worth the time of a collection, some 30 ms. */
  private static final long WORTHWHILE = 3 << 20;

  private final Heap heap;
  private final BooleanSupplier busy;
  private long settled;

  /** What it needs of the JVM; for tests another one. */
  interface Heap {
    /** Bytes that the heap has taken from the node. */
    long committed();

    void collect();
  }

  private static final class OfThisJvm implements Heap {
    @Override
    public long committed() {
      return Runtime.getRuntime().totalMemory();
    }

    @Override
    public void collect() {
      System.gc();
    }
  }

  HeapReturn(Heap heap, BooleanSupplier busy) {
    this.heap = heap;
    this.busy = busy;
  }

  /**
   * Looks after the heap of this JVM until it is closed.
   *
   * @param busy whether work goes on that a collection would disturb
   */
  public static AutoCloseable begin(BooleanSupplier busy) {
    HeapReturn mine = new HeapReturn(new OfThisJvm(), busy);
    Thread thread = Thread.ofVirtual().name("heap-return").start(mine::lookForEver);
    return thread::interrupt;
  }

  private void lookForEver() {
    try {
      while (true) {
        Thread.sleep(PAUSE);
        look();
      }
    } catch (InterruptedException ended) {
      return;
    }
  }

  void look() {
    if (busy.getAsBoolean() || heap.committed() < settled + WORTHWHILE) {
      return;
    }
    heap.collect();
    settled = heap.committed();
  }
}
