package io.crij.daemon.trace;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that took its time and has ended.
 *
 * @param parent id of the span that it is a part of; empty for none
 * @param server whether it is a call of a client, else a part of one
 * @param beganNanos of the epoch, like {@code endedNanos}
 * @param attributes names of OpenTelemetry's semantic conventions where there is one; values are texts or whole numbers
 * @param error what went wrong, null if it went well
 */
public record Span(
    Traceparent place, String parent, String name, boolean server, long beganNanos, long endedNanos, Map<String, Object> attributes, @Nullable String error) {
  public Span {
    attributes = Map.copyOf(attributes);
  }

  /** Of the epoch. */
  public static long nanos(Instant time) {
    return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
  }
}
