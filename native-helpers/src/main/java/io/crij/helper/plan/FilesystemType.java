package io.crij.helper.plan;

import java.util.Locale;

/** Filesystems of which a container may get an instance of its own. */
public enum FilesystemType {
  PROC,
  SYSFS,
  TMPFS,
  DEVPTS,
  MQUEUE,
  CGROUP2;

  /** The name that fsopen(2) takes. */
  public String kernelName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
