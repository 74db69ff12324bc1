package io.crij.helper.plan;

/** What a missing mount target is made as. */
public enum TargetKind implements Coded {
  /** As the source is. */
  LIKE_SOURCE(0),
  FOLDER(1),
  FILE(2);

  private final long code;

  TargetKind(long code) {
    this.code = code;
  }

  @Override
  public long code() {
    return code;
  }
}
