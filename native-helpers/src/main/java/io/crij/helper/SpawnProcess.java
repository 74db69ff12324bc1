package io.crij.helper;

import io.crij.helper.wire.Frame;
import io.crij.helper.wire.WireException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One life of {@code crij-pod spawn}: requests down its stdin, replies up its stdout. */
final class SpawnProcess {
  private static final Logger LOG = LoggerFactory.getLogger(SpawnProcess.class);

  private final Process process;
  private final OutputStream requests;
  private final ReentrantLock writing = new ReentrantLock();
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, CompletableFuture<Frame>> waiting = new ConcurrentHashMap<>();
  private volatile boolean ended;

  private SpawnProcess(Process process) {
    this.process = process;
    this.requests = process.getOutputStream();
  }

  static SpawnProcess start(Path crijPod, List<Path> taskFiles) throws IOException {
    List<String> command = new ArrayList<>(List.of(crijPod.toString(), "spawn"));
    for (Path file : taskFiles) {
      command.add("--tasks");
      command.add(file.toString());
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.INHERIT);
    builder.environment().clear();
    builder.directory(Path.of("/").toFile());
    SpawnProcess spawn = new SpawnProcess(builder.start());
    // A platform thread: it sits in a blocking read of a pipe for as long as the daemon lives.
    Thread.ofPlatform().name("spawn-replies").daemon().start(spawn::readReplies);
    return spawn;
  }

  boolean isAlive() {
    return !ended;
  }

  /**
   * Sends a request; the future fails with IOException if the process ends first.
   *
   * @throws IOException if the process is gone; it has not run the request
   */
  CompletableFuture<Frame> send(int type, byte[] payload) throws IOException {
    long id = ids.incrementAndGet();
    CompletableFuture<Frame> reply = new CompletableFuture<>();
    byte[] frame = new Frame(type, id, payload).encode();
    waiting.put(id, reply);
    writing.lock();
    try {
      requests.write(frame);
      requests.flush();
    } catch (IOException e) {
      waiting.remove(id);
      ended = true;
      throw new IOException("crij-pod spawn does not take requests any more", e);
    } finally {
      writing.unlock();
    }
    if (ended) {
      // The reader may have failed those that waited before this one was among them.
      failAll();
    }
    return reply;
  }

  /** Ends it: what it runs is killed, monitors stay. */
  void close() {
    try {
      requests.close();
    } catch (IOException e) {
      LOG.debug("crij-pod spawn was gone before it was told to end", e);
    }
    boolean interrupted = false;
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        LOG.warn("crij-pod spawn (pid {}) did not end within 5 s and is killed", process.pid());
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      interrupted = true;
      process.destroyForcibly();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void readReplies() {
    try (DataInputStream in = new DataInputStream(new BufferedInputStream(process.getInputStream(), 64 << 10))) {
      byte[] header = new byte[Frame.HEADER_BYTES];
      while (true) {
        in.readFully(header);
        Frame.Header parsed = Frame.Header.parse(ByteBuffer.wrap(header));
        byte[] payload = new byte[parsed.payloadLength()];
        in.readFully(payload);
        CompletableFuture<Frame> reply = waiting.remove(parsed.id());
        if (reply != null) {
          reply.complete(new Frame(parsed.type(), parsed.id(), payload));
        }
      }
    } catch (EOFException e) {
      LOG.debug("crij-pod spawn (pid {}) ended", process.pid());
    } catch (IOException | WireException e) {
      LOG.warn("crij-pod spawn (pid {}) is ended: its replies cannot be read", process.pid(), e);
      process.destroyForcibly();
    } finally {
      ended = true;
      failAll();
    }
  }

  private void failAll() {
    for (Long id : waiting.keySet()) {
      CompletableFuture<Frame> reply = waiting.remove(id);
      if (reply != null) {
        reply.completeExceptionally(new IOException("crij-pod spawn ended before it answered"));
      }
    }
  }
}
