package io.crij.cgroups;

/** Who makes the cgroups of pods and containers. */
public enum CgroupDriver {
  /** This daemon, folder by folder. */
  CGROUPFS,
  /** systemd, as units, over its bus. */
  SYSTEMD
}
