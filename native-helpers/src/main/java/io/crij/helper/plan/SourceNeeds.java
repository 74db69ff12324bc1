package io.crij.helper.plan;

/** The propagation that the mount below a bind source must have, so that what was asked of the bind can be kept. */
public enum SourceNeeds implements Coded {
  /** A private bind: any source will do. */
  ANYTHING(0),
  /** HostToContainer: the source must be shared, or a slave itself. */
  SHARED_OR_SLAVE(2),
  /** Bidirectional: the source must be shared. */
  SHARED(3);

  private final long code;

  SourceNeeds(long code) {
    this.code = code;
  }

  @Override
  public long code() {
    return code;
  }
}
