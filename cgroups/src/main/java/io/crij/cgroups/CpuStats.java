package io.crij.cgroups;

/**
 * CPU use since the group was made.
 *
 * @param usageNanos time on all CPUs together
 * @param periods scheduling periods in which a quota was in force
 * @param throttledPeriods those of them in which the quota ran out
 * @param throttledNanos time spent waiting for the next period
 */
public record CpuStats(long usageNanos, long periods, long throttledPeriods, long throttledNanos) {}
