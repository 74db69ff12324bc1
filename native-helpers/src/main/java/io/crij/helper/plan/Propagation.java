package io.crij.helper.plan;

/** What a mount passes on to its peers; see mount_namespaces(7). Applied recursively. */
public enum Propagation implements Coded {
  /** Stays as it is. */
  LEAVE,
  PRIVATE,
  SLAVE,
  SHARED;

  @Override
  public long code() {
    return switch (this) {
      case LEAVE -> 0;
      case PRIVATE -> 1;
      case SLAVE -> 2;
      case SHARED -> 3;
    };
  }
}
