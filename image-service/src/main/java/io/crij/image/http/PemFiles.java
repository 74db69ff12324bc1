package io.crij.image.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Certificates and keys as OpenSSL writes them (RFC 7468). Messages name the file and what is wrong, never its content. */
public final class PemFiles {
  private static final int FILE_MAX = 1 << 20;
  private static final byte[] RSA = {0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0};
  private static final byte[] EC = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

  /** @param label what stands behind BEGIN */
  private record Block(String label, byte[] der) {}

  private PemFiles() {}

  /** All certificates of a file, at least one. */
  public static List<X509Certificate> certificates(Path file) throws IOException, GeneralSecurityException {
    List<X509Certificate> found = new ArrayList<>();
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (Block block : blocks(read(file))) {
      if (block.label.equals("CERTIFICATE")) {
        for (Certificate certificate : factory.generateCertificates(new ByteArrayInputStream(block.der))) {
          found.add((X509Certificate) certificate);
        }
      }
    }
    if (found.isEmpty()) {
      throw new CertificateException(file + " holds no certificate in PEM form");
    }
    return found;
  }

  /** The one private key of a file, in the form of PKCS#8, PKCS#1 or SEC 1, not encrypted. */
  public static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
    return privateKey(read(file), file.toString());
  }

  static PrivateKey privateKey(String text, String name) throws GeneralSecurityException {
    for (Block block : blocks(text)) {
      switch (block.label) {
        case "PRIVATE KEY" -> {
          return pkcs8(block.der, name);
        }
        case "RSA PRIVATE KEY" -> {
          return pkcs8(Der.sequence(Der.INTEGER_0, RSA, Der.octets(block.der)), name);
        }
        case "EC PRIVATE KEY" -> {
          byte[] curve = Der.sec1Curve(block.der);
          return pkcs8(Der.sequence(Der.INTEGER_0, Der.sequence(EC, curve), Der.octets(block.der)), name);
        }
        case "ENCRYPTED PRIVATE KEY" -> throw new InvalidKeyException("the key in " + name + " is encrypted; a daemon cannot ask for its password");
        default -> {
          // certificates and parameters may stand in the same file
        }
      }
    }
    throw new InvalidKeyException(name + " holds no private key in PEM form");
  }

  /** The public key in {@code text}: a PEM block {@code PUBLIC KEY}. */
  public static PublicKey publicKey(String text, String name) throws GeneralSecurityException {
    for (Block block : blocks(text)) {
      if (block.label.equals("PUBLIC KEY")) {
        for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
          try {
            return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(block.der));
          } catch (InvalidKeySpecException e) {
            // of another kind
          }
        }
        throw new InvalidKeyException("the key in " + name + " is neither of EC, RSA nor Ed25519");
      }
    }
    throw new InvalidKeyException(name + " holds no public key in PEM form");
  }

  private static PrivateKey pkcs8(byte[] der, String name) throws GeneralSecurityException {
    for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException e) {
        // of another kind
      }
    }
    throw new InvalidKeyException("the key in " + name + " is neither of EC, RSA nor Ed25519");
  }

  private static String read(Path file) throws IOException {
    if (Files.size(file) > FILE_MAX) {
      throw new IOException(file + " is larger than " + FILE_MAX + " bytes");
    }
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  private static List<Block> blocks(String text) throws CertificateException {
    List<Block> blocks = new ArrayList<>();
    int at = 0;
    while (true) {
      int begin = text.indexOf("-----BEGIN ", at);
      int labelEnd = begin < 0 ? -1 : text.indexOf("-----", begin + 11);
      if (labelEnd < 0) {
        return blocks;
      }
      String label = text.substring(begin + 11, labelEnd);
      int end = text.indexOf("-----END " + label + "-----", labelEnd);
      if (label.length() > 64 || end < 0) {
        throw new CertificateException("a PEM block has no end");
      }
      String body = text.substring(labelEnd + 5, end);
      if (body.contains("ENCRYPTED")) {
        blocks.add(new Block("ENCRYPTED PRIVATE KEY", new byte[0])); // the headers of RFC 1421
      } else {
        try {
          blocks.add(new Block(label, Base64.getMimeDecoder().decode(body)));
        } catch (IllegalArgumentException e) {
          throw new CertificateException("a PEM block is not base64");
        }
      }
      at = end + 9;
    }
  }
}
