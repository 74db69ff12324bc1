package io.crij.sandbox;

/**
 * What is true of a pod in this boot only, in its run folder.
 *
 * @param id the pod, 64 hex characters: the folder's name has only 12 of them
 * @param monitorPid in the host's numbering
 * @param monitorStartTicks field 22 of {@code /proc/PID/stat}: a pid alone may be another process by now
 * @param bootId {@code /proc/sys/kernel/random/boot_id}: a run folder that is no tmpfs outlives a boot
 */
record LiveRecord(String id, int monitorPid, long monitorStartTicks, String bootId) {
  static final String FORMAT = "crij.sandbox.live";
  static final int VERSION = 1;
}
