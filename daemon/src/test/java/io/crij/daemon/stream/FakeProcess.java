package io.crij.daemon.stream;

import io.crij.helper.ProcessStreams;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;

/** A process that a test plays: it reads what came in, writes out, and exits. */
final class FakeProcess implements ProcessStreams {
  final BytePipe in = new BytePipe();
  final BytePipe out = new BytePipe();
  final BytePipe err = new BytePipe();
  final List<String> sizes = new CopyOnWriteArrayList<>();
  final CountDownLatch closed = new CountDownLatch(1);
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();

  void exit(int code) {
    out.close();
    err.close();
    exit.complete(code);
  }

  @Override
  public BytePipe stdin() {
    return in;
  }

  @Override
  public BytePipe stdout() {
    return out;
  }

  @Override
  public BytePipe stderr() {
    return err;
  }

  @Override
  public void resize(int columns, int rows) {
    sizes.add(columns + "x" + rows);
  }

  @Override
  public int awaitExit() throws IOException, InterruptedException {
    try {
      return exit.get();
    } catch (ExecutionException e) {
      throw new IOException("the session was closed", e);
    }
  }

  @Override
  public void close() {
    exit.completeExceptionally(new IOException("the session was closed"));
    in.breakOff();
    out.breakOff();
    err.breakOff();
    closed.countDown();
  }
}
