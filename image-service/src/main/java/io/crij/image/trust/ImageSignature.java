package io.crij.image.trust;

import java.util.Base64;

/**
 * What a registry gave as a signature: bytes that claim something, and what is said to sign them. Nothing of it is checked.
 *
 * @param payload base64 of the signed bytes
 * @param signature base64, as in the annotation
 */
record ImageSignature(String payload, String signature) {
  static ImageSignature of(byte[] payload, String signature) {
    return new ImageSignature(Base64.getEncoder().encodeToString(payload), signature);
  }

  byte[] payloadBytes() {
    return Base64.getDecoder().decode(payload);
  }
}
