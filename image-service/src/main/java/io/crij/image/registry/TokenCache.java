package io.crij.image.registry;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Bearer tokens until shortly before they expire. The key holds the credentials' fingerprint: a token that one secret bought never
 * serves another. Thread-safe; one per node.
 */
final class TokenCache {
  private static final int ENTRIES_MAX = 512;
  /** What a token lives if nothing is said (distribution spec, "token authentication"). */
  private static final long USUAL_SECONDS = 60;
  private static final long LONGEST_SECONDS = TimeUnit.HOURS.toSeconds(1);

  /**
   * @param server scheme, host and port that the token is shown to
   * @param scope repository and actions, as asked for
   * @param fingerprint of the credentials
   */
  record Key(String server, String scope, String fingerprint) {}

  private record Kept(String token, long until) {}

  private final LongSupplier nanoTime;
  private final Map<Key, Kept> entries =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Kept> eldest) {
          return size() > ENTRIES_MAX;
        }
      };

  TokenCache(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  synchronized Optional<String> get(Key key) {
    Kept entry = entries.get(key);
    if (entry == null) {
      return Optional.empty();
    }
    if (nanoTime.getAsLong() - entry.until >= 0) {
      entries.remove(key);
      return Optional.empty();
    }
    return Optional.of(entry.token);
  }

  /** @param seconds that the token service states, 0 or less if it states none; a tenth is left for the way */
  synchronized void put(Key key, String token, long seconds) {
    long life = Math.min(seconds <= 0 ? USUAL_SECONDS : seconds, LONGEST_SECONDS);
    entries.put(key, new Kept(token, nanoTime.getAsLong() + TimeUnit.SECONDS.toNanos(life) / 10 * 9));
  }

  /** Drops the token if it is still this one: a server refused it. */
  synchronized void refused(Key key, String token) {
    Kept entry = entries.get(key);
    if (entry != null && entry.token.equals(token)) {
      entries.remove(key);
    }
  }
}
