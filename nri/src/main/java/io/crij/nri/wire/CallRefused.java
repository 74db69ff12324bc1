package io.crij.nri.wire;

/** The other side answered a call with an error, or the call cannot be sent: the connection goes on. */
public final class CallRefused extends Exception {
  private static final long serialVersionUID = 1;

  /** gRPC's status codes, as far as they are used here. */
  public static final int UNKNOWN = 2;
  public static final int INVALID_ARGUMENT = 3;
  public static final int RESOURCE_EXHAUSTED = 8;
  public static final int UNIMPLEMENTED = 12;

  private final int code;

  public CallRefused(int code, String message) {
    super(message);
    this.code = code;
  }

  public int code() {
    return code;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
