package io.crij.helper.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The host's OpenSSL 3. The JDK's SHA-256 and AES are fast by its second compiler only, which the daemon does without
 * (docs/decisions/0022).
 */
public final class HostCrypto {
  private static final String LIBRARY = "libcrypto.so.3";
  /** FIPS 180-4, the first of its examples. */
  private static final String SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  /** Loaded once, when something is to be hashed. */
  private static final class Library {
    static final Optional<Provider> PROVIDER = load();
  }

  private HostCrypto() {}

  /** SHA-256 and AES in GCM, or nothing where the library is missing or does not compute a known digest. */
  public static Optional<Provider> provider() {
    return Library.PROVIDER;
  }

  /** Has the JDK's TLS use the library too, from now on. What a connection needs beside AES and SHA-256 stays the JDK's. */
  public static void useForTls() {
    Library.PROVIDER.ifPresent(provider -> Security.insertProviderAt(provider, 1));
  }

  private static Optional<Provider> load() {
    try {
      Provider provider = new HostCryptoProvider(SymbolLookup.libraryLookup(LIBRARY, Arena.global()));
      byte[] digest = MessageDigest.getInstance("SHA-256", provider).digest(new byte[] {'a', 'b', 'c'});
      return Arrays.equals(digest, HexFormat.of().parseHex(SHA256_OF_ABC)) ? Optional.of(provider) : Optional.empty();
    } catch (IllegalArgumentException | IllegalStateException | java.util.NoSuchElementException e) {
      return Optional.empty(); // no such library, or one built without what we need, or that refuses
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("the provider has SHA-256", e);
    }
  }
}
