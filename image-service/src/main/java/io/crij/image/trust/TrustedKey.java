package io.crij.image.trust;

import io.crij.image.http.PemFiles;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.util.Base64;

/** A public key that signs images: ECDSA, RSA (PKCS#1 v1.5) or Ed25519; the first two over SHA-256, as cosign does. */
record TrustedKey(PublicKey key) {
  /**
   * A key in PEM form.
   *
   * @throws GeneralSecurityException naming {@code name} if the text is no such key
   */
  static TrustedKey parse(String pem, String name) throws GeneralSecurityException {
    return new TrustedKey(PemFiles.publicKey(pem, name));
  }

  /** Whether this key made the signature; false for one that is not even base64. */
  boolean signed(ImageSignature claim) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default -> "Ed25519";
        };
    try {
      byte[] bytes = Base64.getDecoder().decode(claim.signature().strip());
      Signature check = Signature.getInstance(algorithm);
      check.initVerify(key);
      check.update(claim.payloadBytes());
      return check.verify(bytes);
    } catch (IllegalArgumentException | SignatureException e) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK checks " + algorithm, e);
    }
  }
}
