package io.crij.helper;

/** Whose PID namespace a container is in. */
public enum PidMode {
  OWN(0),
  POD(1),
  NODE(2),
  TARGET(3);

  private final int code;

  PidMode(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
