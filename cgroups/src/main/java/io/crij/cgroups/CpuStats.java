package io.crij.cgroups;

/**
 * CPU use since the group was made.
 *
 * @param usageNanos time on all CPUs together
 * @param userNanos of it in programs; version 1 counts it in ticks of 10 ms
 * @param systemNanos of it in the kernel; version 1 counts it in ticks of 10 ms
 * @param periods scheduling periods in which a quota was in force
 * @param throttledPeriods those of them in which the quota ran out
 * @param throttledNanos time spent waiting for the next period
 */
public record CpuStats(
    long usageNanos, long userNanos, long systemNanos, long periods, long throttledPeriods, long throttledNanos) {}
