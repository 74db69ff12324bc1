package io.crij.helper.crypto;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigestSpi;

/**
 * SHA-256 by {@code SHA256_Update(3ssl)}. These older functions need no provider of OpenSSL's, which would be loaded with its configuration, and
 * keep their state where the caller says: in an array here, so that nothing has to be given back and a copy is a copy.
 */
final class Sha256 extends MessageDigestSpi implements Cloneable {
  private static final int DIGEST_BYTES = 32;
  /** {@code sizeof(SHA256_CTX)} is 112, in all of OpenSSL 3. */
  private static final int STATE_LONGS = 16;
  /** No garbage is collected during a call that sees arrays: some 50 µs at a time are nothing. */
  private static final int PIECE_BYTES = 64 << 10;

  /** The three functions, all called with two pointers and a length. */
  static final class Functions {
    private static final MethodHandle CALL =
        Linker.nativeLinker()
            .downcallHandle(FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG), Linker.Option.critical(true));

    private final MemorySegment init;
    private final MemorySegment update;
    private final MemorySegment end;

    /** @throws java.util.NoSuchElementException if the library is built without them */
    Functions(SymbolLookup libcrypto) {
      init = libcrypto.findOrThrow("SHA256_Init");
      update = libcrypto.findOrThrow("SHA256_Update");
      end = libcrypto.findOrThrow("SHA256_Final");
    }

    private static void call(MemorySegment function, MemorySegment a, MemorySegment b, long length) {
      int done;
      try {
        done = (int) CALL.invokeExact(function, a, b, length);
      } catch (Throwable t) {
        throw new AssertionError("a function of libcrypto cannot be called", t);
      }
      if (done != 1) {
        throw new IllegalStateException("libcrypto refuses to compute SHA-256");
      }
    }
  }

  private final Functions functions;
  private MemorySegment state = MemorySegment.ofArray(new long[STATE_LONGS]);

  Sha256(Functions functions) {
    this.functions = functions;
    engineReset();
  }

  @Override
  protected void engineUpdate(byte input) {
    engineUpdate(new byte[] {input}, 0, 1);
  }

  @Override
  protected void engineUpdate(byte[] input, int offset, int length) {
    update(MemorySegment.ofArray(input).asSlice(offset, length));
  }

  @Override
  protected void engineUpdate(ByteBuffer input) {
    update(MemorySegment.ofBuffer(input));
    input.position(input.limit());
  }

  private void update(MemorySegment bytes) {
    for (long at = 0; at < bytes.byteSize(); at += PIECE_BYTES) {
      long length = Math.min(PIECE_BYTES, bytes.byteSize() - at);
      Functions.call(functions.update, state, bytes.asSlice(at, length), length);
    }
  }

  @Override
  protected byte[] engineDigest() {
    byte[] digest = new byte[DIGEST_BYTES];
    Functions.call(functions.end, MemorySegment.ofArray(digest), state, 0);
    engineReset();
    return digest;
  }

  @Override
  protected int engineDigest(byte[] output, int offset, int length) throws DigestException {
    if (length < DIGEST_BYTES || output.length - offset < DIGEST_BYTES) {
      throw new DigestException("a SHA-256 digest has 32 bytes, and there is room for " + Math.min(length, output.length - offset));
    }
    System.arraycopy(engineDigest(), 0, output, offset, DIGEST_BYTES);
    return DIGEST_BYTES;
  }

  @Override
  protected int engineGetDigestLength() {
    return DIGEST_BYTES;
  }

  @Override
  protected void engineReset() {
    Functions.call(functions.init, state, MemorySegment.NULL, 0);
  }

  @Override
  public Object clone() throws CloneNotSupportedException {
    Sha256 copy = (Sha256) super.clone();
    copy.state = MemorySegment.ofArray(state.toArray(JAVA_LONG));
    return copy;
  }
}
