package io.crij.sandbox;

/**
 * What a pod waits for right now, for people who look at a slow one.
 *
 * @param name such as {@code network teardown}
 * @param sinceNanos nanoseconds since the epoch
 */
record Stage(String name, long sinceNanos) {}
