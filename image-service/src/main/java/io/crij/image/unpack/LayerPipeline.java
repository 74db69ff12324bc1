package io.crij.image.unpack;

import io.crij.helper.syscall.Fd;
import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.LongConsumer;

/**
 * One layer from the wire to its folder, in overlapping stages with bounded memory between them: this thread receives and
 * hashes, a second inflates, a third hashes the archive, a fourth writes the tree. Nothing is believed before the end: the
 * caller throws the folder away if this throws.
 */
public final class LayerPipeline {
  private static final long REST_WORTH_HASHING = 64L << 20;

  private final Descriptor expected;
  private final Digest diffId;
  private final ImageLimits limits;
  private final ChunkPool pool;
  private final NameMemory names;
  private final ChunkPipe compressed;
  private final ChunkPipe inflated;
  private final ChunkPipe hashed;
  private final List<Thread> threads = new ArrayList<>();

  /**
   * @param expected size and digest of the bytes on the wire
   * @param diffId digest of the inflated archive
   * @param names of the pull that the layer is part of
   */
  public LayerPipeline(Descriptor expected, Digest diffId, ImageLimits limits, ChunkPool pool, NameMemory names) {
    this.expected = expected;
    this.diffId = diffId;
    this.limits = limits;
    this.pool = pool;
    this.names = names;
    this.compressed = new ChunkPipe(pool);
    this.inflated = new ChunkPipe(pool);
    this.hashed = new ChunkPipe(pool);
  }

  /**
   * Receives {@code blob} and unpacks it below {@code folder}; once only.
   *
   * @param seal file to make: what of the archive is in no file of the folder
   * @param onReceived is told how many bytes came, each time some do
   */
  public UnpackedLayer run(InputStream blob, Fd folder, Path seal, LongConsumer onReceived) throws IOException {
    FutureTask<UnpackedLayer> unpack = new FutureTask<>(() -> unpack(folder, seal));
    return receive(
        blob,
        onReceived,
        unpack,
        () -> {
          start("inflate", () -> stage(inflated, this::inflate));
          start("hash", () -> stage(hashed, this::hash));
          start("unpack", unpack);
        });
  }

  /**
   * Receives {@code blob} and keeps it as it is, as the file {@code path} below {@code folder}; once only.
   *
   * @param path relative, without {@code ..}
   * @param seal file to make, by which the file can be checked
   */
  public UnpackedLayer keep(InputStream blob, String path, Fd folder, Path seal, LongConsumer onReceived) throws IOException {
    FutureTask<UnpackedLayer> write = new FutureTask<>(() -> BlobFile.write(compressed, pool, path, folder, seal));
    return receive(blob, onReceived, write, () -> start("write", write));
  }

  private UnpackedLayer receive(InputStream blob, LongConsumer onReceived, FutureTask<UnpackedLayer> result, Runnable stages) throws IOException {
    pool.enter();
    try {
      stages.run();
      receive(blob, onReceived);
      return result.get();
    } catch (ExecutionException e) {
      throw unwrap(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the pull was stopped");
    } finally {
      IOException over = new InterruptedIOException("the layer is given up");
      compressed.fail(over);
      inflated.fail(over);
      hashed.fail(over);
      threads.forEach(Thread::interrupt); // One may wait for another pull to be done with its names.
      joinAll();
      pool.leave();
    }
  }

  // Platform threads: they sit in native code, where a virtual thread would hold its carrier.
  private void start(String what, Runnable work) {
    threads.add(Thread.ofPlatform().daemon().name(what + "-" + diffId.hex().substring(0, 8)).start(work));
  }

  private interface Stage {
    void run() throws IOException;
  }

  /** A stage that fails tells the one behind it. */
  private static void stage(ChunkPipe output, Stage work) {
    try {
      work.run();
    } catch (IOException e) {
      output.fail(e);
    } catch (RuntimeException | Error e) {
      output.fail(new IOException("unpacking failed", e));
    }
  }

  /** Passes the bytes on while hashing them. A failure behind us is outranked by a wrong digest, which explains it. */
  private void receive(InputStream blob, LongConsumer onReceived) throws IOException {
    MessageDigest digest = Digest.sha256();
    byte[] buffer = new byte[ChunkPool.CHUNK_BYTES];
    long received = 0;
    boolean wanted = true;
    for (int count = fill(blob, buffer, onReceived); count > 0; count = fill(blob, buffer, onReceived)) {
      received += count;
      if (received > expected.size()) {
        throw new HostileContentException("the registry sends more than the " + expected.size() + " bytes that the manifest states");
      }
      digest.update(buffer, 0, count);
      if (wanted) {
        Chunk chunk = pool.take();
        chunk.bytes().put(buffer, 0, count).flip();
        wanted = compressed.put(chunk);
      }
      if (!wanted && expected.size() - received > REST_WORTH_HASHING) {
        return; // The reader's own failure is reported.
      }
    }
    if (received != expected.size()) {
      throw new HostileContentException("the registry sends " + received + " bytes where the manifest states " + expected.size());
    }
    Digest actual = Digest.finish(digest);
    if (!actual.equals(expected.digest())) {
      throw new HostileContentException("its digest is " + actual + " where the manifest states " + expected.digest());
    }
    if (wanted) {
      compressed.end();
    }
  }

  // Whole chunks: a connection delivers a few kilobytes at a time, and each chunk that changes hands wakes a thread.
  private static int fill(InputStream blob, byte[] buffer, LongConsumer onReceived) throws IOException {
    int filled = 0;
    while (filled < buffer.length) {
      int count = blob.read(buffer, filled, buffer.length - filled);
      if (count < 0) {
        break;
      }
      filled += count;
      onReceived.accept(count);
    }
    return filled;
  }

  private void inflate() throws IOException {
    long total = 0;
    long taken = 0;
    Chunk out = pool.take();
    try {
      Chunk in = compressed.take();
      if (in == null) {
        inflated.end();
        return;
      }
      try (Decoder decoder = Decoder.of(in)) {
        for (; in != null; in = compressed.take()) {
          taken += in.bytes().remaining();
          for (decoder.decode(in, out); !out.bytes().hasRemaining(); decoder.decode(in, out)) {
            total += ChunkPool.CHUNK_BYTES;
            bound(total, taken);
            Chunk done = full(out);
            out = pool.take(); // Before the other changes hands: what is put is no longer ours, also if putting fails.
            boolean wanted = inflated.put(done);
            if (!wanted) {
              pool.give(in);
              return;
            }
          }
          pool.give(in);
        }
        decoder.end();
      }
      bound(total + out.bytes().position(), taken);
      Chunk last = full(out);
      out = pool.take();
      inflated.put(last);
      inflated.end();
    } finally {
      pool.give(out);
      compressed.closeReader();
    }
  }

  private void bound(long total, long taken) throws HostileContentException {
    if (total > limits.layerBytes()) {
      throw new HostileContentException("it inflates to more than " + limits.layerBytes() + " bytes");
    }
    if (total > limits.ratioFloorBytes() && total / limits.ratio() > taken) {
      throw new HostileContentException("it inflates to more than " + limits.ratio() + " times its size");
    }
  }

  private static Chunk full(Chunk chunk) {
    chunk.bytes().flip();
    return chunk;
  }

  /** The archive's digest must be the image's word for it before its end is passed on. */
  private void hash() throws IOException {
    MessageDigest digest = Digest.sha256();
    try {
      for (Chunk chunk = inflated.take(); chunk != null; chunk = inflated.take()) {
        digest.update(chunk.bytes().duplicate());
        if (!hashed.put(chunk)) {
          return; // The failure behind us is reported.
        }
      }
      Digest actual = Digest.finish(digest);
      if (!actual.equals(diffId)) {
        throw new HostileContentException("its archive has the digest " + actual + " where the configuration states " + diffId);
      }
      hashed.end();
    } finally {
      inflated.closeReader();
    }
  }

  private UnpackedLayer unpack(Fd folder, Path sealFile) throws IOException {
    try (ChunkStream in = new ChunkStream(hashed, pool);
        NameMemory.Layer share = names.layer();
        SealWriter seal = new SealWriter(sealFile)) {
      return LayerUnpacker.unpack(new TarReader(in, limits), folder, pool, share, seal);
    }
  }

  private static IOException unwrap(ExecutionException e) {
    return e.getCause() instanceof IOException io ? io : new IOException("unpacking failed", e.getCause());
  }

  // The folder must be still when the caller deletes it, so even an interrupted pull waits for its threads.
  private void joinAll() {
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
