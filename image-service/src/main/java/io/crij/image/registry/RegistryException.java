package io.crij.image.registry;

import java.io.IOException;
import java.time.Duration;
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
    UNAUTHORIZED;

    /** Whether asking again later, or another server now, may help. */
    public boolean isPassing() {
      return this == UNREACHABLE || this == UNAVAILABLE;
    }
  }

  private final Kind kind;
  private final Duration retryAfter;
  private final boolean misunderstanding;

  /** @param why names the host and continues "because …" */
  public RegistryException(Kind kind, String why, @Nullable Throwable cause) {
    this(kind, why, Duration.ZERO, false, cause);
  }

  RegistryException(Kind kind, String why, Duration retryAfter, boolean misunderstanding, @Nullable Throwable cause) {
    super(why, cause);
    this.kind = kind;
    this.retryAfter = retryAfter;
    this.misunderstanding = misunderstanding;
  }

  public Kind kind() {
    return kind;
  }

  /** Whether the two did not understand each other, as happens where one speaks TLS and the other does not. */
  boolean isMisunderstanding() {
    return misunderstanding;
  }

  /** How long the server asked to be left alone; zero if it did not. */
  Duration retryAfter() {
    return retryAfter;
  }
}
