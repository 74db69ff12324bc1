package io.crij.nri.wire;

/** A call has no answer: its deadline passed, or the connection ended. Whoever is called is not to be called again. */
public final class CallFailed extends Exception {
  private static final long serialVersionUID = 1;

  CallFailed(String message) {
    super(message);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
