package io.crij.image.registry;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Where a registry sent us for its blobs, so that not each part of a blob costs a question and a redirect. Such places are signed for
 * some minutes, so they are remembered for one. Thread-safe; one per pull, which bounds it.
 */
final class Landings {
  private static final long KEPT_NANOS = Duration.ofMinutes(1).toNanos();

  private record Landing(URI url, long since) {}

  private final LongSupplier nanoTime;
  private final Map<URI, Landing> known = new ConcurrentHashMap<>();

  Landings(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  Optional<URI> of(URI asked) {
    Landing landing = known.get(asked);
    return landing == null || nanoTime.getAsLong() - landing.since > KEPT_NANOS ? Optional.empty() : Optional.of(landing.url);
  }

  void remember(URI asked, URI landed) {
    known.put(asked, new Landing(landed, nanoTime.getAsLong()));
  }

  void forget(URI asked) {
    known.remove(asked);
  }
}
