package io.crij.helper;

/**
 * How the ids of a pod's user namespace are those of the host: 0 to {@code count - 1} inside are {@code hostUid}, {@code
 * hostUid + 1} and so on, and the same for groups.
 *
 * @param hostUid the host's uid that is root inside; never 0
 * @param hostGid the host's gid that is root's inside; never 0
 * @param count how many ids there are
 */
public record UserMapping(long hostUid, long hostGid, long count) {
  /** One above the last id of Linux: 2^32 - 1 means "no id". */
  private static final long END = 0xFFFF_FFFFL;

  public UserMapping {
    if (hostUid < 1 || hostGid < 1 || count < 1 || hostUid + count > END || hostGid + count > END) {
      throw new IllegalArgumentException("ids of the host from %d and %d on, %d of them, are not all ids".formatted(hostUid, hostGid, count));
    }
  }

  /** The host's uid for one inside that {@link #has} accepts. */
  public long uid(long inside) {
    return hostUid + inside;
  }

  /** The host's gid for one inside that {@link #has} accepts. */
  public long gid(long inside) {
    return hostGid + inside;
  }

  /** Whether there is such an id inside. */
  public boolean has(long inside) {
    return inside >= 0 && inside < count;
  }
}
