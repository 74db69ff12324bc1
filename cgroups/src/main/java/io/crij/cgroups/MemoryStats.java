package io.crij.cgroups;

/**
 * Memory use now, in bytes.
 *
 * @param usageBytes all memory charged to the group, page cache included
 * @param workingSetBytes use without the file pages that were not touched for long: what eviction looks at
 * @param rssBytes anonymous memory
 * @param cacheBytes page cache, with tmpfs and shared memory
 * @param mappedFileBytes the part of it that processes have mapped
 * @param reclaimableBytes file pages that the kernel can drop or write back when memory is short
 * @param swapBytes swap in use
 * @param pageFaults page faults since the group was made, groups below it included
 * @param majorPageFaults those of them that read from disk
 * @param ownPageFaults page faults of the group alone; version 2 does not count them apart, there it is {@code pageFaults}
 * @param ownMajorPageFaults likewise
 */
public record MemoryStats(
    long usageBytes,
    long workingSetBytes,
    long rssBytes,
    long cacheBytes,
    long mappedFileBytes,
    long reclaimableBytes,
    long swapBytes,
    long pageFaults,
    long majorPageFaults,
    long ownPageFaults,
    long ownMajorPageFaults) {}
