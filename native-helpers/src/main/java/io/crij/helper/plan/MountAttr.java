package io.crij.helper.plan;

/** MOUNT_ATTR_* bits of mount_setattr(2). None of the atime bits means relatime. */
public enum MountAttr implements Coded {
  RDONLY(0x1),
  NOSUID(0x2),
  NODEV(0x4),
  NOEXEC(0x8),
  NOATIME(0x10),
  STRICTATIME(0x20),
  NODIRATIME(0x80),
  NOSYMFOLLOW(0x20_0000);

  private final long bit;

  MountAttr(long bit) {
    this.bit = bit;
  }

  @Override
  public long code() {
    return bit;
  }
}
