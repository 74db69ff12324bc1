package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Takes the result of work on another thread as if it had run on this one. */
final class Waiting {
  private Waiting() {}

  static void on(Future<?> work) throws IOException {
    try {
      work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CriException(ErrorCode.CANCELLED, "The call was interrupted while it waited; try again.");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    }
  }
}
