package io.crij.core.wrong;

import io.crij.helper.ProgramRunner;
import io.grpc.Status;
import java.io.IOException;
import java.lang.foreign.Linker;

/** Breaks every rule of the architecture, so that its test can be seen to fail. */
public final class WrongArrow {
  private WrongArrow() {}

  /** core must not know native-helpers. */
  public static Class<?> upward() {
    return ProgramRunner.class;
  }

  public static Status grpc() {
    return Status.OK;
  }

  public static Linker foreign() {
    return Linker.nativeLinker();
  }

  public static Process process() throws IOException {
    return new ProcessBuilder("true").start();
  }
}
