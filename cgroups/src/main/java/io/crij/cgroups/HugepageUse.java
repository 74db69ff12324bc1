package io.crij.cgroups;

import java.util.OptionalLong;

/**
 * Huge pages of one size.
 *
 * @param size as the kernel names it, such as {@code 2MB}
 * @param usedBytes in use now
 * @param highestBytes the most at one time; only version 1 keeps it
 */
public record HugepageUse(String size, long usedBytes, OptionalLong highestBytes) {}
