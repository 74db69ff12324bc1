package io.crij.daemon.trace;

import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Where a span stands, as the header {@code traceparent} of <a href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a> says it.
 *
 * @param traceId 32 hexadecimal digits in lower case, not all 0
 * @param spanId 16 of them
 */
public record Traceparent(String traceId, String spanId, boolean sampled) {
  private static final int TRACE_DIGITS = 32;
  private static final int SPAN_DIGITS = 16;
  private static final int LENGTH = 55;

  /** The first span of a trace of its own, which is recorded. */
  static Traceparent fresh() {
    return new Traceparent(digits(TRACE_DIGITS), digits(SPAN_DIGITS), true);
  }

  /** Another span of the same trace. */
  public Traceparent next() {
    return new Traceparent(traceId, digits(SPAN_DIGITS), sampled);
  }

  /** Nothing for a text that is no such header; a version above 0 may have more behind it. */
  public static Optional<Traceparent> parse(String header) {
    if (header.length() < LENGTH || header.charAt(2) != '-' || header.charAt(35) != '-' || header.charAt(52) != '-') {
      return Optional.empty();
    }
    String version = header.substring(0, 2);
    boolean lengthFits = version.equals("00") ? header.length() == LENGTH : header.length() == LENGTH || header.charAt(LENGTH) == '-';
    String traceId = header.substring(3, 35);
    String spanId = header.substring(36, 52);
    String flags = header.substring(53, LENGTH);
    if (!lengthFits || !isHex(version) || version.equals("ff") || !isId(traceId) || !isId(spanId) || !isHex(flags)) {
      return Optional.empty();
    }
    return Optional.of(new Traceparent(traceId, spanId, (Character.digit(flags.charAt(1), 16) & 1) == 1));
  }

  private static boolean isId(String text) {
    return isHex(text) && text.chars().anyMatch(digit -> digit != '0');
  }

  private static boolean isHex(String text) {
    return text.chars().allMatch(digit -> (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f'));
  }

  /** Random, and never all 0. */
  private static String digits(int count) {
    StringBuilder digits = new StringBuilder(count);
    while (digits.length() < count) {
      digits.append(String.format("%016x", ThreadLocalRandom.current().nextLong() | 1));
    }
    return digits.toString();
  }

  /** As the header. */
  @Override
  public String toString() {
    return "00-" + traceId + "-" + spanId + (sampled ? "-01" : "-00");
  }
}
