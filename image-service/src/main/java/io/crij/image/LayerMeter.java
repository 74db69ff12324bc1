package io.crij.image;

import io.crij.image.content.Descriptor;
import java.time.Duration;

/** Counts one layer's bytes as they come. Any thread may read while one counts. */
final class LayerMeter {
  private static final long WINDOW_NANOS = Duration.ofSeconds(2).toNanos();

  private final Descriptor layer;
  private volatile PullProgress.Step step = PullProgress.Step.WAITING;
  private volatile long received;
  private volatile long latest = System.nanoTime();
  private long windowBegan;
  private long windowBytes;
  private volatile long rate;

  LayerMeter(Descriptor layer) {
    this.layer = layer;
  }

  void step(PullProgress.Step next) {
    step = next;
    latest = System.nanoTime();
    windowBegan = latest;
    if (next == PullProgress.Step.DONE) {
      received = layer.size();
      rate = 0;
    }
  }

  /** The layer is fetched from its beginning. */
  void restart() {
    received = 0;
    step(PullProgress.Step.FETCHING);
  }

  /** For the one thread that receives. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void count(long bytes) {
    long now = System.nanoTime();
    latest = now;
    received += bytes;
    windowBytes += bytes;
    if (now - windowBegan > WINDOW_NANOS) {
      rate = windowBytes * 1_000_000_000L / (now - windowBegan);
      windowBegan = now;
      windowBytes = 0;
    }
  }

  /** How long nothing has come of a layer that is being fetched; zero for others. */
  Duration silence() {
    return step == PullProgress.Step.FETCHING && received < layer.size() ? Duration.ofNanos(System.nanoTime() - latest) : Duration.ZERO;
  }

  PullProgress.Layer now() {
    long idle = System.nanoTime() - latest;
    return new PullProgress.Layer(layer.digest().toString(), layer.size(), received, idle > 2 * WINDOW_NANOS ? 0 : rate, step);
  }
}
