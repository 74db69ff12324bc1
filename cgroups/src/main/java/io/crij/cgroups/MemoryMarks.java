package io.crij.cgroups;

import java.util.OptionalLong;

/**
 * What is known of a group's memory over its life; empty where this kernel does not count it.
 *
 * @param highestBytes the most that was in use at one time (version 2: from kernel 5.19 on)
 * @param limitHits how often use was about to go over the limit
 * @param kernelBytes memory of the kernel's own that is charged to the group now (version 2: from kernel 5.18 on)
 * @param oomKills processes killed for lack of memory, those of groups below included
 */
public record MemoryMarks(
    OptionalLong highestBytes, OptionalLong limitHits, OptionalLong kernelBytes, OptionalLong oomKills) {}
