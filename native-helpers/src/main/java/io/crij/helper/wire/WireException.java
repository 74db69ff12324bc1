package io.crij.helper.wire;

/** Bytes that are not what PROTOCOL.md says. Whoever reads a connection ends it; whoever reads a plan refuses it. */
public final class WireException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public WireException(String reason) {
    super(reason);
  }
}
