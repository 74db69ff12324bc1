package io.crij.cgroups;

/**
 * Tasks (processes and threads) now.
 *
 * @param current how many there are
 * @param limit how many there may be, {@link Limits#UNLIMITED} if nothing bounds them
 */
public record PidsStats(long current, long limit) {}
