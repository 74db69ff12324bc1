package io.crij.daemon.stream;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Requests that wait for their clients, each under a token that opens it once. Whoever holds the token is served, so it is as
 * good as a password: never logged, never told again.
 */
final class Tokens {
  static final Duration LIFE = Duration.ofSeconds(60);
  static final int MOST = 1_000;

  /** Of all waiting requests together: one alone may have 16 MiB, and a thousand of those would be the heap. */
  static final long MOST_BYTES = 16 << 20;

  private static final int TOKEN_BYTES = 16;

  private record Waiting(StreamRequest request, int bytes, long since) {}

  private final LongSupplier nanos;
  private final SecureRandom random;
  // Oldest first, for all live equally long.
  private final Map<String, Waiting> waiting = new LinkedHashMap<>();
  private long bytes;

  /** @param nanos as {@link System#nanoTime} */
  Tokens(LongSupplier nanos, SecureRandom random) {
    this.nanos = nanos;
    this.random = random;
  }

  /** @throws CriException RESOURCE_EXHAUSTED if too many wait */
  synchronized String issue(StreamRequest request) {
    expire();
    int size = request.request().getSerializedSize();
    if (waiting.size() >= MOST || bytes + size > MOST_BYTES) {
      throw new CriException(
          ErrorCode.RESOURCE_EXHAUSTED,
          "No URL can be given for " + request.kind() + ": the clients of " + waiting.size()
              + " requests have not come for their streams yet; try again within " + LIFE.toSeconds() + " s.");
    }
    byte[] raw = new byte[TOKEN_BYTES];
    random.nextBytes(raw);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(raw);
    waiting.put(token, new Waiting(request, size, nanos.getAsLong()));
    bytes += size;
    return token;
  }

  /** The request behind the token, which is worth nothing from now on; empty for one that is unknown, used or too old. */
  synchronized Optional<StreamRequest> redeem(String token) {
    expire();
    Waiting found = waiting.remove(token);
    if (found == null) {
      return Optional.empty();
    }
    bytes -= found.bytes();
    return Optional.of(found.request());
  }

  private void expire() {
    long now = nanos.getAsLong();
    Iterator<Waiting> oldestFirst = waiting.values().iterator();
    while (oldestFirst.hasNext()) {
      Waiting next = oldestFirst.next();
      if (now - next.since() < LIFE.toNanos()) {
        return;
      }
      bytes -= next.bytes();
      oldestFirst.remove();
    }
  }
}
