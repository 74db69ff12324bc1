package io.crij.image.unpack;

import io.crij.helper.syscall.Fd;
import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * One layer from the wire to its folder, in three overlapping stages with bounded memory between them: this thread receives
 * and hashes, a second inflates, a third hashes the archive and unpacks it. Nothing is believed before the end: the caller
 * throws the folder away if this throws.
 */
public final class LayerPipeline {
  private static final long REST_WORTH_HASHING = 64L << 20;

  private final ImageLimits limits;
  private final ChunkPipe compressed = new ChunkPipe();
  private final ChunkPipe inflated = new ChunkPipe();

  private LayerPipeline(ImageLimits limits) {
    this.limits = limits;
  }

  /**
   * Receives {@code blob} and unpacks it below {@code folder}.
   *
   * @param expected size and digest of the bytes on the wire
   * @param diffId digest of the inflated archive
   */
  public static UnpackedLayer run(InputStream blob, Descriptor expected, Digest diffId, Fd folder, ImageLimits limits)
      throws IOException {
    return new LayerPipeline(limits).run(blob, expected, diffId, folder);
  }

  private UnpackedLayer run(InputStream blob, Descriptor expected, Digest diffId, Fd folder) throws IOException {
    FutureTask<@Nullable Void> inflate = new FutureTask<>(this::inflate, null);
    FutureTask<UnpackedLayer> unpack = new FutureTask<>(() -> unpack(diffId, folder));
    // Platform threads: both sit in native code, where a virtual thread would hold its carrier.
    Thread inflater = Thread.ofPlatform().daemon().name("inflate-" + diffId.hex().substring(0, 12)).start(inflate);
    Thread unpacker = Thread.ofPlatform().daemon().name("unpack-" + diffId.hex().substring(0, 12)).start(unpack);
    try {
      receive(blob, expected);
      return unpack.get();
    } catch (ExecutionException e) {
      throw unwrap(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the pull was stopped");
    } finally {
      IOException over = new InterruptedIOException("the layer is given up");
      compressed.fail(over);
      inflated.fail(over);
      joinBoth(inflater, unpacker);
    }
  }

  /** Passes the bytes on while hashing them. A failure behind us is outranked by a wrong digest, which explains it. */
  private void receive(InputStream blob, Descriptor expected) throws IOException {
    MessageDigest digest = Digest.sha256();
    long received = 0;
    boolean wanted = true;
    while (true) {
      byte[] buffer = compressed.buffer();
      int count = blob.read(buffer, 0, buffer.length);
      if (count < 0) {
        break;
      }
      received += count;
      if (received > expected.size()) {
        throw new HostileContentException("the registry sends more than the " + expected.size() + " bytes that the manifest states");
      }
      digest.update(buffer, 0, count);
      if (wanted) {
        wanted = compressed.send(buffer, count);
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

  private void inflate() {
    try (InputStream in = compressed.reader()) {
      LayerBytes.inflate(in, inflated, limits);
    } catch (IOException e) {
      inflated.fail(e);
    } catch (RuntimeException | Error e) {
      inflated.fail(new IOException("inflating failed", e));
    }
  }

  private UnpackedLayer unpack(Digest diffId, Fd folder) throws IOException {
    MessageDigest digest = Digest.sha256();
    try (InputStream in = inflated.reader();
        DigestInputStream hashed = new DigestInputStream(in, digest)) {
      UnpackedLayer layer = LayerUnpacker.unpack(new TarReader(hashed, limits), folder);
      byte[] rest = new byte[ChunkPipe.CHUNK_BYTES];
      while (hashed.read(rest, 0, rest.length) >= 0) {
        // What follows the end mark is no file, but it is part of the digest.
      }
      Digest actual = Digest.finish(digest);
      if (!actual.equals(diffId)) {
        throw new HostileContentException("its archive has the digest " + actual + " where the configuration states " + diffId);
      }
      return layer;
    }
  }

  private static IOException unwrap(ExecutionException e) {
    return e.getCause() instanceof IOException io ? io : new IOException("unpacking failed", e.getCause());
  }

  // The folder must be still when the caller deletes it, so even an interrupted pull waits for its two threads.
  private static void joinBoth(Thread first, Thread second) {
    boolean interrupted = false;
    for (Thread thread : new Thread[] {first, second}) {
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
