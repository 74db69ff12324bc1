package io.crij.core;

import org.jspecify.annotations.Nullable;

/**
 * A failure that a caller may see. The message is one sentence that stands alone: what was tried, on which object, why it
 * failed and what to do. It never holds a secret. kubelet shows it to users as it is.
 */
public final class CriException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ErrorCode code;

  public CriException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public CriException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public ErrorCode code() {
    return code;
  }

  public static CriException invalid(String message) {
    return new CriException(ErrorCode.INVALID_ARGUMENT, message);
  }

  public static CriException notFound(String message) {
    return new CriException(ErrorCode.NOT_FOUND, message);
  }

  public static CriException precondition(String message) {
    return new CriException(ErrorCode.FAILED_PRECONDITION, message);
  }

  public static CriException internal(String message, @Nullable Throwable cause) {
    return new CriException(ErrorCode.INTERNAL, message, cause);
  }

  @Override
  public String getMessage() {
    // Non-null by construction: every constructor takes one.
    return String.valueOf(super.getMessage());
  }
}
