package io.crij.helper.crypto;

import static io.crij.helper.syscall.NativeFunction.Answer.INT;
import static io.crij.helper.syscall.NativeFunction.Answer.LONG;
import static io.crij.helper.syscall.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.crij.helper.syscall.NativeFunction;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import java.util.Set;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;
import javax.crypto.NoSuchPaddingException;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * AES in GCM by {@code EVP_EncryptInit(3ssl)}, as TLS needs it: keys of 128 and 256 bits, 12 bytes of IV, 16 of tag, a message of one piece (more
 * pieces are put together first, so that nothing of a forged message comes out). What else is asked for is refused, and so found
 * with another provider.
 */
final class AesGcm extends CipherSpi {
  private static final int TAG_BYTES = 16;
  private static final int IV_BYTES = 12;
  private static final Set<Integer> KEY_BYTES = Set.of(16, 32);
  private static final int LONGEST_KEY = 32;
  /** {@code EVP_CTRL_AEAD_GET_TAG} and {@code EVP_CTRL_AEAD_SET_TAG} of openssl/evp.h. */
  private static final int GET_TAG = 0x10;
  private static final int SET_TAG = 0x11;
  /** {@code OPENSSL_INIT_NO_ATEXIT}: what the library would take down at the end of the process, other threads may be using. */
  private static final long NO_ATEXIT = 0x00080000;
  /** A record of TLS with its tag (RFC 8446, section 5.2). */
  private static final int RECORD_BYTES = (16 << 10) + 256 + TAG_BYTES;

  // Places in the native memory: small things first, then the message.
  private static final long IV = LONGEST_KEY;
  private static final long LENGTH = 48;
  private static final long TAG = 56;
  private static final long MESSAGE = 80;

  private enum Direction {
    DECRYPT,
    ENCRYPT
  }

  /** What is called of the library. */
  static final class Functions {
    private final NativeFunction newContext;
    private final NativeFunction free;
    private final NativeFunction init;
    private final NativeFunction update;
    private final NativeFunction control;
    private final NativeFunction end;
    private final long aes128;
    private final long aes256;

    /** @throws java.util.NoSuchElementException if the library is built without them */
    Functions(SymbolLookup libcrypto) {
      NativeFunction.of(libcrypto, "OPENSSL_init_crypto", INT).call(NO_ATEXIT, 0);
      newContext = NativeFunction.of(libcrypto, "EVP_CIPHER_CTX_new", LONG);
      free = NativeFunction.of(libcrypto, "EVP_CIPHER_CTX_free", INT);
      init = NativeFunction.of(libcrypto, "EVP_CipherInit_ex", INT);
      update = NativeFunction.of(libcrypto, "EVP_CipherUpdate", INT);
      control = NativeFunction.of(libcrypto, "EVP_CIPHER_CTX_ctrl", INT);
      end = NativeFunction.of(libcrypto, "EVP_CipherFinal_ex", INT);
      aes128 = NativeFunction.of(libcrypto, "EVP_aes_128_gcm", LONG).call();
      aes256 = NativeFunction.of(libcrypto, "EVP_aes_256_gcm", LONG).call();
    }
  }

  private final Functions functions;
  /** Given back with this object: nobody closes a cipher. */
  private final Arena arena = Arena.ofAuto();
  private @Nullable MemorySegment context;
  private MemorySegment memory = arena.allocate(MESSAGE + RECORD_BYTES, 16);
  private Direction direction = Direction.DECRYPT;
  private byte[] key = {};
  private byte[] iv = {};
  /** Of the last message that was encrypted. */
  private byte[] usedKey = {};
  private byte[] usedIv = {};
  /** Between an init and the end of its message. */
  private boolean isReady;
  private final ByteArrayOutputStream aad = new ByteArrayOutputStream();
  private final ByteArrayOutputStream earlier = new ByteArrayOutputStream();

  AesGcm(Functions functions) {
    this.functions = functions;
  }

  @Override
  protected void engineInit(int mode, Key secret, @Nullable AlgorithmParameterSpec parameters, @Nullable SecureRandom random)
      throws InvalidKeyException, InvalidAlgorithmParameterException {
    isReady = false;
    byte @Nullable [] bytes = secret.getEncoded();
    if (bytes == null || !KEY_BYTES.contains(bytes.length)) {
      throw new InvalidKeyException("keys have 128 or 256 bits here");
    }
    if (mode != Cipher.ENCRYPT_MODE && mode != Cipher.DECRYPT_MODE) {
      throw new InvalidKeyException("keys encrypt and decrypt here, and wrap no others");
    }
    if (!(parameters instanceof GCMParameterSpec gcm) || gcm.getIV().length != IV_BYTES || gcm.getTLen() != TAG_BYTES * 8) {
      throw new InvalidAlgorithmParameterException("AES/GCM has an IV of 12 bytes and a tag of 128 bits here");
    }
    direction = mode == Cipher.ENCRYPT_MODE ? Direction.ENCRYPT : Direction.DECRYPT;
    key = bytes;
    iv = gcm.getIV();
    if (direction == Direction.ENCRYPT) {
      if (Arrays.equals(iv, usedIv) && Arrays.equals(key, usedKey)) {
        throw new InvalidAlgorithmParameterException("an IV is never used for two messages under one key");
      }
      usedKey = key;
      usedIv = iv;
    }
    begin();
  }

  @Override
  protected void engineInit(int mode, Key secret, @Nullable AlgorithmParameters parameters, @Nullable SecureRandom random)
      throws InvalidKeyException, InvalidAlgorithmParameterException {
    try {
      engineInit(mode, secret, parameters == null ? null : parameters.getParameterSpec(GCMParameterSpec.class), random);
    } catch (java.security.spec.InvalidParameterSpecException e) {
      throw new InvalidAlgorithmParameterException(e);
    }
  }

  @Override
  protected void engineInit(int mode, Key secret, @Nullable SecureRandom random) throws InvalidKeyException {
    throw new InvalidKeyException("AES/GCM is begun with an IV here");
  }

  private void begin() {
    if (context == null) {
      long made = functions.newContext.call();
      if (made == 0) {
        throw new IllegalStateException("libcrypto has no memory for AES/GCM");
      }
      // What gives it back must not hold this object, or nothing is ever given back.
      NativeFunction free = functions.free;
      context = MemorySegment.ofAddress(made).reinterpret(arena, freed -> free.call(freed.address()));
    }
    MemorySegment.copy(key, 0, memory, JAVA_BYTE, 0, key.length);
    MemorySegment.copy(iv, 0, memory, JAVA_BYTE, IV, IV_BYTES);
    long at = pointer(memory);
    long cipher = key.length == 16 ? functions.aes128 : functions.aes256;
    done(functions.init.call(pointer(context), cipher, 0, at, at + IV, direction == Direction.ENCRYPT ? 1 : 0));
    memory.asSlice(0, LONGEST_KEY).fill((byte) 0);
    aad.reset();
    earlier.reset();
    isReady = true;
  }

  @Override
  protected void engineUpdateAAD(byte[] source, int offset, int length) {
    if (earlier.size() > 0) {
      throw new IllegalStateException("what is authenticated alone comes before the message");
    }
    aad.write(source, offset, length);
  }

  @Override
  protected void engineUpdateAAD(ByteBuffer source) {
    byte[] bytes = new byte[source.remaining()];
    source.get(bytes);
    engineUpdateAAD(bytes, 0, bytes.length);
  }

  @Override
  protected byte[] engineUpdate(byte[] input, int offset, int length) {
    earlier.write(input, offset, length);
    return new byte[0];
  }

  @Override
  protected int engineUpdate(byte[] input, int offset, int length, byte[] output, int outputOffset) {
    earlier.write(input, offset, length);
    return 0;
  }

  @Override
  protected byte[] engineDoFinal(byte @Nullable [] input, int offset, int length) throws AEADBadTagException {
    int written = finish(part(input, offset, length));
    return memory.asSlice(MESSAGE, written).toArray(JAVA_BYTE);
  }

  @Override
  protected int engineDoFinal(byte @Nullable [] input, int offset, int length, byte[] output, int outputOffset)
      throws ShortBufferException, AEADBadTagException {
    return engineDoFinal(part(input, offset, length), MemorySegment.ofArray(output).asSlice(outputOffset));
  }

  @Override
  protected int engineDoFinal(ByteBuffer input, ByteBuffer output) throws ShortBufferException, AEADBadTagException {
    int written = engineDoFinal(MemorySegment.ofBuffer(input), MemorySegment.ofBuffer(output));
    input.position(input.limit());
    output.position(output.position() + written);
    return written;
  }

  private int engineDoFinal(MemorySegment input, MemorySegment output) throws ShortBufferException, AEADBadTagException {
    int size = engineGetOutputSize(Math.toIntExact(input.byteSize()));
    if (output.byteSize() < size) {
      throw new ShortBufferException("the message has " + size + " bytes, and there is room for " + output.byteSize());
    }
    int written = finish(input);
    MemorySegment.copy(memory, MESSAGE, output, 0, written);
    return written;
  }

  /** @param input null for nothing, as Cipher gives it where all came before */
  private static MemorySegment part(byte @Nullable [] input, int offset, int length) {
    return input == null ? MemorySegment.ofArray(new byte[0]) : MemorySegment.ofArray(input).asSlice(offset, length);
  }

  /** Leaves the whole message in the native memory, and says how long it is. The input may be where the output will be. */
  private int finish(MemorySegment last) throws AEADBadTagException {
    if (!isReady) {
      throw new IllegalStateException("each message of AES/GCM has an IV of its own: init comes first");
    }
    isReady = false;
    int given = Math.addExact(earlier.size(), Math.toIntExact(last.byteSize()));
    hold(Math.max(given + TAG_BYTES, aad.size()));
    long to = pointer(memory) + MESSAGE;
    MemorySegment.copy(MemorySegment.ofArray(aad.toByteArray()), 0, memory, MESSAGE, aad.size());
    update(0, to, aad.size());
    MemorySegment.copy(MemorySegment.ofArray(earlier.toByteArray()), 0, memory, MESSAGE, earlier.size());
    MemorySegment.copy(last, 0, memory, MESSAGE + earlier.size(), last.byteSize());
    try {
      return direction == Direction.ENCRYPT ? encrypted(to, given) : decrypted(to, given);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private int encrypted(long at, int length) {
    update(at, at, length);
    done(functions.end.call(pointer(context()), at + length, pointer(memory) + LENGTH));
    done(functions.control.call(pointer(context()), GET_TAG, TAG_BYTES, at + length));
    return length + TAG_BYTES;
  }

  private int decrypted(long at, int given) throws AEADBadTagException {
    int length = given - TAG_BYTES;
    if (length < 0) {
      throw new AEADBadTagException("the message has " + given + " bytes, its tag alone has 16");
    }
    MemorySegment.copy(memory, MESSAGE + length, memory, TAG, TAG_BYTES);
    done(functions.control.call(pointer(context()), SET_TAG, TAG_BYTES, pointer(memory) + TAG));
    update(at, at, length);
    if (functions.end.call(pointer(context()), at + length, pointer(memory) + LENGTH) != 1) {
      memory.asSlice(MESSAGE, length).fill((byte) 0);
      throw new AEADBadTagException("the tag is not the message's");
    }
    return length;
  }

  /** @param to 0 for what is authenticated alone */
  private void update(long to, long from, int length) {
    if (length > 0) {
      done(functions.update.call(pointer(context()), to, pointer(memory) + LENGTH, from, length));
    }
  }

  private void hold(int bytes) {
    if (memory.byteSize() < MESSAGE + bytes) {
      memory = arena.allocate(MESSAGE + bytes, 16);
    }
  }

  private MemorySegment context() {
    MemorySegment made = context;
    if (made == null) {
      throw new IllegalStateException("init comes first");
    }
    return made;
  }

  private static void done(long answer) {
    if (answer != 1) {
      throw new IllegalStateException("libcrypto refuses to compute AES/GCM");
    }
  }

  @Override
  protected int engineGetOutputSize(int length) {
    int all = Math.addExact(earlier.size(), length);
    return direction == Direction.ENCRYPT ? Math.addExact(all, TAG_BYTES) : Math.max(0, all - TAG_BYTES);
  }

  @Override
  protected int engineGetBlockSize() {
    return 16;
  }

  @Override
  protected byte @Nullable [] engineGetIV() {
    return iv.length == 0 ? null : iv.clone();
  }

  @Override
  protected @Nullable AlgorithmParameters engineGetParameters() {
    if (iv.length == 0) {
      return null;
    }
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("GCM");
      parameters.init(new GCMParameterSpec(TAG_BYTES * 8, iv));
      return parameters;
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has the parameters of GCM", e);
    }
  }

  @Override
  protected int engineGetKeySize(Key secret) throws InvalidKeyException {
    byte @Nullable [] bytes = secret.getEncoded();
    if (bytes == null) {
      throw new InvalidKeyException("a key that cannot be read");
    }
    return bytes.length * 8;
  }

  @Override
  protected void engineSetMode(String mode) throws NoSuchAlgorithmException {
    throw new NoSuchAlgorithmException("only AES/GCM/NoPadding");
  }

  @Override
  protected void engineSetPadding(String padding) throws NoSuchPaddingException {
    throw new NoSuchPaddingException("only AES/GCM/NoPadding");
  }
}
