package io.crij.image.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PemFilesTest {
  @TempDir Path folder;

  private static String pem(String label, byte[] der) {
    return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
  }

  private static void signs(PrivateKey key, PublicKey expected, String algorithm) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(key);
    signature.update(new byte[] {1, 2, 3});
    byte[] bytes = signature.sign();
    signature.initVerify(expected);
    signature.update(new byte[] {1, 2, 3});
    assertThat(signature.verify(bytes)).isTrue();
  }

  @Test
  void keysOfAllKindsAreReadInThePkcs8Form() throws Exception {
    for (List<String> kind : List.of(List.of("EC", "SHA256withECDSA"), List.of("RSA", "SHA256withRSA"), List.of("Ed25519", "Ed25519"))) {
      KeyPair pair = KeyPairGenerator.getInstance(kind.getFirst()).generateKeyPair();
      PrivateKey key = PemFiles.privateKey(pem("PRIVATE KEY", pair.getPrivate().getEncoded()), "k.pem");
      PublicKey open = PemFiles.publicKey(pem("PUBLIC KEY", pair.getPublic().getEncoded()), "k.pub");
      signs(key, open, kind.getLast());
    }
  }

  @Test
  void rsaKeysAreReadInThePkcs1Form() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    RSAPrivateCrtKey rsa = (RSAPrivateCrtKey) pair.getPrivate();
    byte[] pkcs1 =
        Der.sequence(
            Der.INTEGER_0, integer(rsa.getModulus()), integer(rsa.getPublicExponent()), integer(rsa.getPrivateExponent()), integer(rsa.getPrimeP()),
            integer(rsa.getPrimeQ()), integer(rsa.getPrimeExponentP()), integer(rsa.getPrimeExponentQ()), integer(rsa.getCrtCoefficient()));
    signs(PemFiles.privateKey(pem("RSA PRIVATE KEY", pkcs1), "k.pem"), pair.getPublic(), "SHA256withRSA");
  }

  private static byte[] integer(java.math.BigInteger number) {
    byte[] octets = Der.octets(number.toByteArray());
    octets[0] = 2;
    return octets;
  }

  @Test
  void messagesNameTheFileAndNothingOfIt() throws Exception {
    Path file = folder.resolve("key.pem");
    String body = Base64.getEncoder().encodeToString("very secret".getBytes(StandardCharsets.UTF_8));
    for (String text :
        List.of(
            "",
            "-----BEGIN PRIVATE KEY-----\n" + body + "\n",
            "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n",
            "-----BEGIN EC PRIVATE KEY-----\n" + body + "\n-----END EC PRIVATE KEY-----\n",
            "-----BEGIN RSA PRIVATE KEY-----\n" + body + "\n-----END RSA PRIVATE KEY-----\n",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + body + "\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n" + body + "\n-----END RSA PRIVATE KEY-----\n")) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> PemFiles.privateKey(file)).as(text).isInstanceOf(GeneralSecurityException.class).hasMessageNotContaining(body).hasMessageNotContaining("secret");
    }
    Files.writeString(file, "no certificate here");
    assertThatThrownBy(() -> PemFiles.certificates(file)).isInstanceOf(GeneralSecurityException.class).hasMessageContaining("key.pem");
  }

  @Test
  void ecKeysAreReadInTheSec1Form() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    byte[] secret = HexFormat.of().parseHex(String.format("%064x", ((ECPrivateKey) pair.getPrivate()).getS()));
    byte[] curve = Der.octets(new byte[] {6, 8, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 3, 1, 7});
    curve[0] = (byte) 0xa0;
    byte[] sec1 = Der.sequence(new byte[] {2, 1, 1}, Der.octets(secret), curve);
    Path file = Files.writeString(folder.resolve("ec.pem"), pem("EC PARAMETERS", new byte[] {6, 0}) + pem("EC PRIVATE KEY", sec1));
    signs(PemFiles.privateKey(file), pair.getPublic(), "SHA256withECDSA");
  }
}
