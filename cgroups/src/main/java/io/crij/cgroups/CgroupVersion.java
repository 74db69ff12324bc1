package io.crij.cgroups;

/** How a node has its control groups mounted. */
public enum CgroupVersion {
  /** Only hierarchies of version 1. */
  V1,
  /** Controllers on version 1, and a version 2 hierarchy beside them that gives {@code cgroup.kill} and {@code cgroup.freeze}. */
  HYBRID,
  /** One hierarchy of version 2 with all controllers. */
  V2
}
