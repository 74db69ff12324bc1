package io.crij.daemon.stream;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * A P-256 key and a certificate for it, signed by itself: an X.509 v3 certificate (RFC 5280, section 4.1) in DER. The JDK reads
 * certificates and makes keys and signatures, but has no public way to write a certificate.
 */
record SelfSigned(PrivateKey key, X509Certificate certificate) {
  private static final Duration LIFE = Duration.ofDays(3650);

  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OCTET_STRING = 0x04;
  private static final int OBJECT_ID = 0x06;
  private static final int UTF8_STRING = 0x0c;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int VERSION = 0xa0;
  private static final int EXTENSIONS = 0xa3;
  private static final int NAME_DNS = 0x82;
  private static final int NAME_IP = 0x87;

  private static final byte[] V3 = {2};
  /** 1.2.840.10045.4.3.2, ecdsa-with-SHA256. */
  private static final byte[] ECDSA_SHA256 = {0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x04, 0x03, 0x02};
  /** 2.5.4.3. */
  private static final byte[] COMMON_NAME = {0x55, 0x04, 0x03};
  /** 2.5.29.17. */
  private static final byte[] SUBJECT_ALT_NAME = {0x55, 0x1d, 0x11};

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  /** @param address besides localhost and the loopback addresses, where clients may find the server */
  static SelfSigned make(InetAddress address) throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      byte[] algorithm = der(SEQUENCE, der(OBJECT_ID, ECDSA_SHA256));
      byte[] content = content(pair, algorithm, address);
      Signature signer = Signature.getInstance("SHA256withECDSA");
      signer.initSign(pair.getPrivate());
      signer.update(content);
      byte[] whole = der(SEQUENCE, content, algorithm, bits(signer.sign()));
      CertificateFactory reader = CertificateFactory.getInstance("X.509");
      return new SelfSigned(pair.getPrivate(), (X509Certificate) reader.generateCertificate(new ByteArrayInputStream(whole)));
    } catch (GeneralSecurityException e) {
      throw new IOException("no certificate could be made: " + e.getMessage(), e);
    }
  }

  private static byte[] content(KeyPair pair, byte[] algorithm, InetAddress address) {
    byte[] common = der(SEQUENCE, der(OBJECT_ID, COMMON_NAME), der(UTF8_STRING, "crij streaming server".getBytes(StandardCharsets.UTF_8)));
    byte[] name = der(SEQUENCE, der(SET, common));
    // An hour back, for clients whose clock is behind.
    Instant from = Instant.now().minus(Duration.ofHours(1));
    byte[] validity = der(SEQUENCE, time(from), time(from.plus(LIFE)));
    byte[] names =
        der(
            SEQUENCE,
            der(NAME_DNS, "localhost".getBytes(StandardCharsets.US_ASCII)),
            der(NAME_IP, new byte[] {127, 0, 0, 1}),
            der(NAME_IP, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}),
            der(NAME_IP, address.getAddress()));
    byte[] extensions = der(EXTENSIONS, der(SEQUENCE, der(SEQUENCE, der(OBJECT_ID, SUBJECT_ALT_NAME), der(OCTET_STRING, names))));
    byte[] serial = new BigInteger(120, new SecureRandom()).add(BigInteger.ONE).toByteArray();
    return der(
        SEQUENCE,
        der(VERSION, der(INTEGER, V3)),
        der(INTEGER, serial),
        algorithm,
        name,
        validity,
        name,
        pair.getPublic().getEncoded(),
        extensions);
  }

  private static byte[] time(Instant instant) {
    return der(GENERALIZED_TIME, TIME.format(instant).getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] bits(byte[] signature) {
    byte[] none = {0};
    return der(BIT_STRING, none, signature);
  }

  /** Tag, length, and the parts one behind the other. */
  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      body.writeBytes(part);
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(tag);
    int length = body.size();
    if (length >= 0x100) {
      all.write(0x82);
      all.write(length >> 8);
    } else if (length >= 0x80) {
      all.write(0x81);
    }
    all.write(length);
    all.writeBytes(body.toByteArray());
    return all.toByteArray();
  }
}
