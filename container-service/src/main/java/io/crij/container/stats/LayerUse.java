package io.crij.container.stats;

/**
 * What a writable layer takes on disk.
 *
 * @param bytes blocks in use, not lengths of files
 * @param inodes files and folders
 * @param atNanos when it was counted, nanoseconds since the epoch
 */
record LayerUse(long bytes, long inodes, long atNanos) {}
