package io.crij.cgroups;

/**
 * Memory use now, in bytes.
 *
 * @param usageBytes all memory charged to the group, page cache included
 * @param workingSetBytes use without the file pages that were not touched for long: what eviction looks at
 * @param rssBytes anonymous memory
 * @param reclaimableBytes file pages that the kernel can drop or write back when memory is short
 * @param swapBytes swap in use
 * @param pageFaults page faults since the group was made
 * @param majorPageFaults those of them that read from disk
 */
public record MemoryStats(
    long usageBytes,
    long workingSetBytes,
    long rssBytes,
    long reclaimableBytes,
    long swapBytes,
    long pageFaults,
    long majorPageFaults) {}
