package io.crij.container.cdi;

/** A CDI file that is not as the specification says, or asks for what cannot be done here. */
final class CdiSpecException extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean unsupported;

  private CdiSpecException(String why, boolean unsupported) {
    super(why);
    this.unsupported = unsupported;
  }

  static CdiSpecException wrong(String where, String why) {
    return new CdiSpecException(where + ": " + why, false);
  }

  /** It is valid, and this version does not do it. */
  static CdiSpecException unsupported(String where, String why) {
    return new CdiSpecException(where + ": " + why, true);
  }

  boolean isUnsupported() {
    return unsupported;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
