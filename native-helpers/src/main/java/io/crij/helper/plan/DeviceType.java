package io.crij.helper.plan;

/** What mknod(2) makes. */
public enum DeviceType implements Coded {
  CHARACTER(1),
  BLOCK(2),
  FIFO(3);

  private final long code;

  DeviceType(long code) {
    this.code = code;
  }

  @Override
  public long code() {
    return code;
  }
}
