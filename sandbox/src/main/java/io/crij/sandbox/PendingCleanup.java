package io.crij.sandbox;

/**
 * Something of a pod that could not be taken back yet; StopPodSandbox and RemovePodSandbox try again.
 *
 * @param what the object, such as {@code network}
 * @param why one sentence: the failure of the last try
 * @param sinceNanos when it failed, in nanoseconds since the epoch
 */
public record PendingCleanup(String what, String why, long sinceNanos) {}
