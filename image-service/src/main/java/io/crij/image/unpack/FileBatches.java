package io.crij.image.unpack;

import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.FileCalls;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Fills small files beside the thread that reads the archive. That thread makes every name in the archive's order, so what a
 * later entry links to or replaces is there; content and attributes go to a file by its descriptor, and any thread may do that
 * at any time. A layer of few files never leaves the one thread.
 */
final class FileBatches implements AutoCloseable {
  private static final int WRITERS = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 4);
  private static final int BATCHES = 2 * WRITERS + 1;

  private final FileCalls calls;
  private final ChunkPool pool;
  private final List<FileBatch> batches = new ArrayList<>();
  private final BlockingQueue<FileBatch> free = new ArrayBlockingQueue<>(BATCHES);
  // An empty element ends one writer.
  private final BlockingQueue<Optional<FileBatch>> full = new ArrayBlockingQueue<>(BATCHES + WRITERS);
  private final List<Thread> writers = new ArrayList<>();
  private @Nullable FileBatch open;
  private volatile @Nullable IOException failure;

  /** @param calls of the thread that calls {@link #add} */
  FileBatches(FileCalls calls, ChunkPool pool) {
    this.calls = calls;
    this.pool = pool;
  }

  /** Takes the new file over; it is written and closed later. */
  void add(Fd file, TarEntry entry, TarReader archive, FileAttributes attributes) throws IOException {
    FileBatch batch;
    try {
      batch = withRoom(entry.size());
    } catch (IOException e) {
      file.close();
      throw e;
    }
    batch.add(file, entry, archive, attributes);
  }

  /** Returns when all files are written. */
  void finish() throws IOException {
    FileBatch batch = open;
    if (batch != null) {
      batch.write(calls);
    }
    end();
    check();
  }

  /** Nothing touches a file after this. */
  @Override
  public void close() {
    end();
    for (FileBatch batch : batches) {
      batch.close();
      pool.give(batch.chunk());
    }
    batches.clear();
  }

  private FileBatch withRoom(long length) throws IOException {
    check();
    FileBatch batch = open;
    if (batch != null && !batch.hasRoom(length)) {
      if (writers.isEmpty()) {
        startWriters();
      }
      hand(Optional.of(batch));
      batch = null;
      open = null;
    }
    if (batch == null) {
      batch = writers.isEmpty() ? make() : take();
      open = batch;
    }
    return batch;
  }

  private void startWriters() {
    for (int i = 1; i < BATCHES; i++) {
      free.add(make());
    }
    for (int i = 0; i < WRITERS; i++) {
      writers.add(Thread.ofPlatform().daemon().name("write-files-" + i).start(this::write));
    }
  }

  private FileBatch make() {
    FileBatch batch = new FileBatch(pool.take());
    batches.add(batch);
    return batch;
  }

  private void write() {
    try (FileCalls own = new FileCalls()) {
      for (Optional<FileBatch> next = full.take(); next.isPresent(); next = full.take()) {
        FileBatch batch = next.get();
        try {
          batch.write(own);
        } catch (IOException e) {
          failure = e;
        }
        free.put(batch);
      }
    } catch (InterruptedException e) {
      failure = new InterruptedIOException("the layer is given up");
    }
  }

  private void check() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }

  private void hand(Optional<FileBatch> batch) throws InterruptedIOException {
    try {
      full.put(batch);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the layer is given up");
    }
  }

  private FileBatch take() throws InterruptedIOException {
    try {
      return free.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the layer is given up");
    }
  }

  private void end() {
    boolean interrupted = false;
    for (Thread writer : writers) {
      full.add(Optional.empty()); // has room: there are fewer batches than elements
    }
    for (Thread writer : writers) {
      while (writer.isAlive()) {
        try {
          writer.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    writers.clear();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
