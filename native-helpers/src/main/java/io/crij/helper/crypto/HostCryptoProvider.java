package io.crij.helper.crypto;

import java.lang.foreign.SymbolLookup;
import java.security.Provider;
import java.util.List;
import java.util.Map;

/** Offers {@link Sha256} and {@link AesGcm} under the names that the JDK's callers ask for. */
final class HostCryptoProvider extends Provider {
  private static final long serialVersionUID = 1;

  HostCryptoProvider(SymbolLookup libcrypto) {
    super("HostCrypto", "1", "SHA-256 and AES/GCM of the host's libcrypto");
    Sha256.Functions digests = new Sha256.Functions(libcrypto);
    AesGcm.Functions ciphers = new AesGcm.Functions(libcrypto);
    putService(
        new Service(this, "MessageDigest", "SHA-256", Sha256.class.getName(), List.of("SHA256"), Map.of()) {
          @Override
          public Object newInstance(Object parameter) {
            return new Sha256(digests);
          }
        });
    putService(
        new Service(this, "Cipher", "AES/GCM/NoPadding", AesGcm.class.getName(), List.of(), Map.of()) {
          @Override
          public Object newInstance(Object parameter) {
            return new AesGcm(ciphers);
          }
        });
  }
}
