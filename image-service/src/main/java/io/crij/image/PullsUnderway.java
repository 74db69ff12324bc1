package io.crij.image;

import io.crij.image.content.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The pulls that run now. One thread watches them, and only while there are some. */
final class PullsUnderway {
  private static final Duration EVERY = Duration.ofSeconds(5);

  private final List<PullMeter> meters = new ArrayList<>();
  private @Nullable Thread watcher;

  synchronized PullMeter begin(Reference image) {
    PullMeter meter = new PullMeter(image);
    meters.add(meter);
    if (watcher == null) {
      watcher = Thread.ofVirtual().name("watch-pulls").start(this::watch);
    }
    return meter;
  }

  synchronized void end(PullMeter meter) {
    meters.remove(meter);
    if (meters.isEmpty() && watcher != null) {
      watcher.interrupt();
      watcher = null;
    }
  }

  /** How far each is, the oldest first. */
  List<PullProgress> now() {
    return all().stream().map(PullMeter::now).toList();
  }

  private synchronized List<PullMeter> all() {
    return List.copyOf(meters);
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(EVERY);
        all().forEach(PullMeter::watch);
      }
    } catch (InterruptedException e) {
      // The last pull has ended.
    }
  }
}
