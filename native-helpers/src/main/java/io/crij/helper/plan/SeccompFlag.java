package io.crij.helper.plan;

/** SECCOMP_FILTER_FLAG_* of seccomp(2). */
public enum SeccompFlag implements Coded {
  TSYNC(1),
  LOG(2),
  SPEC_ALLOW(4);

  private final long bit;

  SeccompFlag(long bit) {
    this.bit = bit;
  }

  @Override
  public long code() {
    return bit;
  }
}
