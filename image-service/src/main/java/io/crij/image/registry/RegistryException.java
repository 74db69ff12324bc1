package io.crij.image.registry;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A registry did not give what it was asked for. */
public final class RegistryException extends IOException {
  private static final long serialVersionUID = 1;

  /** What kind of refusal; the earlier ones tell a user less. */
  public enum Kind {
    UNREACHABLE,
    UNAVAILABLE,
    NOT_FOUND,
    REFUSED,
    DENIED,
    UNAUTHORIZED
  }

  private final Kind kind;

  /** @param why names the host and continues "because …" */
  public RegistryException(Kind kind, String why, @Nullable Throwable cause) {
    super(why, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
