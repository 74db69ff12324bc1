package io.crij.image.registry;

/**
 * What pulls had to do with one server since the daemon started.
 *
 * @param server scheme, host and port, or {@link #OTHERS}
 * @param requests that were sent or could not be
 * @param failures those without an answer, and answers of 500 and above
 * @param throttled answers of 429
 * @param bytes of the bodies that came, but for the few that came together with their heads
 */
public record ServerTraffic(String server, long requests, long failures, long throttled, long bytes) {
  /** All servers that were met when many others were known already, as one. */
  public static final String OTHERS = "others";
}
