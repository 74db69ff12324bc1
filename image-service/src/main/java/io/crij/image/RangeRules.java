package io.crij.image;

import java.time.Duration;

/**
 * When and how one blob comes over several connections.
 *
 * @param partBytes what one connection is asked for at a time; a blob with less than three of these left has one connection
 * @param window how long a connection is looked at before it is called slow, and between two more connections
 * @param connections of one blob, at most
 */
record RangeRules(long partBytes, Duration window, int connections) {
  static final RangeRules DEFAULT = new RangeRules(16L << 20, Duration.ofSeconds(1), 4);
}
