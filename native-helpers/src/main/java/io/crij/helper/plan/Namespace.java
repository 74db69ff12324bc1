package io.crij.helper.plan;

import java.util.Set;

/** Namespaces that a pod may own, with their CLONE_NEW* bit of clone(2). */
public enum Namespace implements Coded {
  NET(0x4000_0000L),
  IPC(0x0800_0000L),
  UTS(0x0400_0000L),
  PID(0x2000_0000L);

  private final long bit;

  Namespace(long bit) {
    this.bit = bit;
  }

  @Override
  public long code() {
    return bit;
  }

  /** The bits of all of them, as clone(2) and setns(2) take them. */
  public static long bits(Set<Namespace> namespaces) {
    return Codes.bits(namespaces);
  }
}
