package io.crij.helper;

import io.crij.helper.syscall.Errno;

/** An error that {@code crij-pod} answered: which step failed, on what, and why. */
public final class LaunchFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int errno;
  private final String stage;
  private final String what;
  private final int operation;

  /**
   * @param errno of Linux, 0 if none applies
   * @param stage the step, e.g. {@code mount} or {@code exec}
   * @param what the object, e.g. a path
   * @param operation the index in the plan, or -1
   */
  public LaunchFailure(int errno, String stage, String what, int operation) {
    super(sentence(errno, stage, what, operation));
    this.errno = errno;
    this.stage = stage;
    this.what = what;
    this.operation = operation;
  }

  public int errno() {
    return errno;
  }

  /** The errno's name, e.g. ENOENT; empty if there is none. */
  public String errnoName() {
    return Errno.name(errno);
  }

  public String stage() {
    return stage;
  }

  public String what() {
    return what;
  }

  public int operation() {
    return operation;
  }

  /** True if the container's program itself could not be executed (not found, not executable). */
  public boolean isExec() {
    return stage.equals("exec");
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  private static String sentence(int errno, String stage, String what, int operation) {
    StringBuilder text = new StringBuilder(stage).append(" failed");
    if (!what.isEmpty()) {
      text.append(" on '").append(what).append('\'');
    }
    if (errno != 0) {
      text.append(": ").append(Errno.explain(errno)).append(" (").append(Errno.name(errno)).append(')');
    }
    if (operation >= 0) {
      text.append(", operation ").append(operation).append(" of the launch plan");
    }
    return text.toString();
  }
}
