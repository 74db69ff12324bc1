package io.crij.helper.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The JDK's own digest is what is right. */
class Sha256Test {
  private final Random random = new Random(256);

  @Test
  void digestsWhateverLengthAsTheJdkDoes() throws Exception {
    MessageDigest ours = ours();
    for (int length : new int[] {0, 1, 55, 56, 63, 64, 65, 127, 128, 65_535, 65_536, 65_537, 1_000_003}) {
      byte[] bytes = bytes(length);
      assertThat(ours.digest(bytes)).as("%d bytes", length).isEqualTo(jdk().digest(bytes));
    }
  }

  @Test
  void takesBytesInPiecesOfAnyShapeFromArraysAndBuffers() throws Exception {
    for (int round = 0; round < 200; round++) {
      MessageDigest ours = ours();
      MessageDigest jdk = jdk();
      for (int piece = 0; piece < 6; piece++) {
        byte[] bytes = bytes(random.nextInt(piece == 3 ? 200_000 : 300));
        int from = random.nextInt(bytes.length + 1);
        int length = random.nextInt(bytes.length - from + 1);
        jdk.update(bytes, from, length);
        switch (random.nextInt(5)) {
          case 0 -> ours.update(bytes, from, length);
          case 1 -> all(ours, ByteBuffer.wrap(bytes, from, length));
          case 2 -> all(ours, ByteBuffer.wrap(bytes, from, length).asReadOnlyBuffer());
          case 3 -> all(ours, ByteBuffer.allocateDirect(bytes.length).put(bytes).position(from).limit(from + length));
          default -> {
            for (int i = from; i < from + length; i++) {
              ours.update(bytes[i]);
            }
          }
        }
      }
      assertThat(ours.digest()).isEqualTo(jdk.digest());
    }
  }

  @Test
  void aCopyGoesItsOwnWay() throws Exception {
    MessageDigest ours = ours();
    ours.update(bytes(100));
    MessageDigest copy = (MessageDigest) ours.clone();
    byte[] asItWas = ((MessageDigest) copy.clone()).digest();
    ours.update((byte) 1);
    assertThat(copy.digest()).isEqualTo(asItWas).isNotEqualTo(ours.digest());
  }

  @Test
  void beginsAnewAfterADigestAndAReset() throws Exception {
    MessageDigest ours = ours();
    byte[] empty = jdk().digest();
    ours.update(bytes(70));
    ours.reset();
    assertThat(ours.digest()).isEqualTo(empty);
    assertThat(ours.digest()).isEqualTo(empty);
  }

  @Test
  void aDigestThatDoesNotFitIsRefused() throws Exception {
    MessageDigest ours = ours();
    byte[] room = new byte[40];
    assertThatThrownBy(() -> ours.digest(room, 9, 31)).isInstanceOf(DigestException.class);
    assertThat(ours.digest(room, 8, 32)).isEqualTo(32);
    assertThat(room).endsWith(jdk().digest());
  }

  private static void all(MessageDigest digest, ByteBuffer bytes) {
    digest.update(bytes);
    assertThat(bytes.hasRemaining()).isFalse();
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static MessageDigest ours() throws Exception {
    return MessageDigest.getInstance("SHA-256", HostCrypto.provider().orElseThrow());
  }

  private static MessageDigest jdk() throws Exception {
    return MessageDigest.getInstance("SHA-256", "SUN");
  }
}
