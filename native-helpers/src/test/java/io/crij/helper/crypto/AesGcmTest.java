package io.crij.helper.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** What one of the two encrypts, the JDK's and ours, the other decrypts. */
class AesGcmTest {
  private final Random random = new Random(128);

  @Test
  void encryptsAsTheJdkDoesAndDecryptsWhatItEncrypted() throws Exception {
    Cipher ours = ours();
    Cipher jdk = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE");
    for (int round = 0; round < 400; round++) {
      SecretKeySpec key = key(round % 2 == 0 ? 16 : 32);
      GCMParameterSpec iv = iv();
      byte[] aad = bytes(random.nextInt(40));
      byte[] message = bytes(round % 50 == 0 ? 100_000 : random.nextInt(17_000));
      ours.init(Cipher.ENCRYPT_MODE, key, iv);
      jdk.init(Cipher.ENCRYPT_MODE, key, iv);
      ours.updateAAD(aad);
      jdk.updateAAD(ByteBuffer.wrap(aad));
      byte[] sealed = jdk.doFinal(message);
      assertThat(inPieces(ours, message)).isEqualTo(sealed);
      ours.init(Cipher.DECRYPT_MODE, key, iv);
      ours.updateAAD(ByteBuffer.wrap(aad));
      assertThat(inPieces(ours, sealed)).isEqualTo(message);
    }
  }

  @Test
  void worksInPlaceAsTlsDoes() throws Exception {
    for (boolean direct : new boolean[] {false, true}) {
      Cipher ours = ours();
      SecretKeySpec key = key(16);
      GCMParameterSpec iv = iv();
      byte[] message = bytes(5_000);
      ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(6_000) : ByteBuffer.allocate(6_000);
      buffer.position(5).put(message).flip().position(5);
      ours.init(Cipher.ENCRYPT_MODE, key, iv);
      ByteBuffer to = buffer.duplicate().limit(buffer.capacity());
      assertThat(ours.doFinal(buffer, to)).isEqualTo(5_016);
      ours.init(Cipher.DECRYPT_MODE, key, iv);
      ByteBuffer sealed = buffer.duplicate().limit(5 + 5_016).position(5);
      ByteBuffer opened = sealed.duplicate();
      assertThat(ours.doFinal(sealed, opened)).isEqualTo(5_000);
      byte[] got = new byte[5_000];
      opened.flip().position(5).get(got);
      assertThat(got).isEqualTo(message);
    }
  }

  @Test
  void aMessageOfWhichOneBitIsWrongDoesNotComeOut() throws Exception {
    SecretKeySpec key = key(32);
    GCMParameterSpec iv = iv();
    Cipher ours = ours();
    ours.init(Cipher.ENCRYPT_MODE, key, iv);
    ours.updateAAD(new byte[] {1, 2, 3});
    byte[] sealed = ours.doFinal(bytes(300));
    for (int bit = 0; bit < sealed.length * 8; bit += 7) {
      byte[] forged = sealed.clone();
      forged[bit / 8] ^= (byte) (1 << bit % 8);
      byte[] out = new byte[400];
      ours.init(Cipher.DECRYPT_MODE, key, iv);
      ours.updateAAD(new byte[] {1, 2, 3});
      assertThatThrownBy(() -> ours.doFinal(forged, 0, forged.length, out, 0)).isInstanceOf(AEADBadTagException.class);
      assertThat(out).containsOnly(0);
    }
    ours.init(Cipher.DECRYPT_MODE, key, iv);
    ours.updateAAD(new byte[] {1, 2, 4});
    assertThatThrownBy(() -> ours.doFinal(sealed)).isInstanceOf(AEADBadTagException.class);
    ours.init(Cipher.DECRYPT_MODE, key, iv);
    assertThatThrownBy(() -> ours.doFinal(Arrays.copyOf(sealed, 15))).isInstanceOf(AEADBadTagException.class);
    ours.init(Cipher.DECRYPT_MODE, key, iv);
    ours.updateAAD(new byte[] {1, 2, 3});
    assertThat(ours.doFinal(sealed)).hasSize(300);
  }

  @Test
  void anIvIsTakenOnceForAKeyAndOneMessage() throws Exception {
    Cipher ours = ours();
    SecretKeySpec key = key(16);
    GCMParameterSpec iv = iv();
    ours.init(Cipher.ENCRYPT_MODE, key, iv);
    ours.doFinal(new byte[3]);
    assertThatThrownBy(() -> ours.doFinal(new byte[3])).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> ours.init(Cipher.ENCRYPT_MODE, key, iv)).isInstanceOf(InvalidAlgorithmParameterException.class);
    ours.init(Cipher.DECRYPT_MODE, key, iv());
    assertThatThrownBy(() -> ours.init(Cipher.ENCRYPT_MODE, key, iv)).isInstanceOf(InvalidAlgorithmParameterException.class);
    ours.init(Cipher.ENCRYPT_MODE, key(16), iv);
    ours.update(new byte[3]);
    assertThatThrownBy(() -> ours.updateAAD(new byte[1])).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatTlsDoesNotAskForIsLeftToOthers() throws Exception {
    Cipher ours = ours();
    assertThatThrownBy(() -> ours.init(Cipher.ENCRYPT_MODE, key(24), iv())).isInstanceOf(InvalidKeyException.class);
    assertThatThrownBy(() -> ours.init(Cipher.WRAP_MODE, key(16), iv())).isInstanceOf(InvalidKeyException.class);
    assertThatThrownBy(() -> ours.init(Cipher.ENCRYPT_MODE, key(16))).isInstanceOf(InvalidKeyException.class);
    assertThatThrownBy(() -> ours.init(Cipher.ENCRYPT_MODE, key(16), new GCMParameterSpec(96, bytes(12))))
        .isInstanceOf(InvalidAlgorithmParameterException.class);
    assertThatThrownBy(() -> ours.init(Cipher.ENCRYPT_MODE, key(16), new GCMParameterSpec(128, bytes(16))))
        .isInstanceOf(InvalidAlgorithmParameterException.class);
  }

  @Test
  void aMessageThatDoesNotFitIsRefusedBeforeItIsMade() throws Exception {
    Cipher ours = ours();
    ours.init(Cipher.ENCRYPT_MODE, key(16), iv());
    assertThatThrownBy(() -> ours.doFinal(new byte[10], 0, 10, new byte[25], 0)).isInstanceOf(ShortBufferException.class);
    assertThat(ours.doFinal(new byte[10], 0, 10, new byte[26], 0)).isEqualTo(26);
  }

  /** Each connection by TLS makes four. */
  @Test
  void whatNobodyHoldsIsGivenBack() throws Exception {
    AesGcm.Functions functions = new AesGcm.Functions(SymbolLookup.libraryLookup("libcrypto.so.3", Arena.global()));
    List<WeakReference<AesGcm>> made = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      AesGcm cipher = new AesGcm(functions);
      cipher.engineInit(Cipher.ENCRYPT_MODE, key(16), iv(), null);
      made.add(new WeakReference<>(cipher));
    }
    for (int i = 0; i < 100 && made.stream().anyMatch(cipher -> !cipher.refersTo(null)); i++) {
      System.gc();
    }
    // A frame of this method may still show the last.
    assertThat(made.stream().filter(cipher -> !cipher.refersTo(null)).count()).isLessThanOrEqualTo(1);
  }

  private byte[] inPieces(Cipher cipher, byte[] message) throws Exception {
    int first = random.nextInt(message.length + 1);
    if (random.nextBoolean()) {
      return cipher.doFinal(message);
    }
    assertThat(cipher.getOutputSize(message.length)).isGreaterThan(0);
    byte[] early = cipher.update(message, 0, first);
    assertThat(early == null ? 0 : early.length).isZero();
    return cipher.doFinal(message, first, message.length - first);
  }

  private SecretKeySpec key(int length) {
    return new SecretKeySpec(bytes(length), "AES");
  }

  private GCMParameterSpec iv() {
    return new GCMParameterSpec(128, bytes(12));
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static Cipher ours() throws Exception {
    return Cipher.getInstance("AES/GCM/NoPadding", HostCrypto.provider().orElseThrow());
  }
}
