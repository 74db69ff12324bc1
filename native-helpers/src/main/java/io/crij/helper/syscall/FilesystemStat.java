package io.crij.helper.syscall;

/**
 * What statfs(2) says of a filesystem.
 *
 * @param totalBytes its size
 * @param inodes how many there can be; 0 on a filesystem that makes them as needed
 * @param freeInodes how many of them are left
 */
public record FilesystemStat(long totalBytes, long inodes, long freeInodes) {}
