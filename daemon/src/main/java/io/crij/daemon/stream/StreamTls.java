package io.crij.daemon.stream;

import io.crij.core.LiveValue;
import io.crij.helper.crypto.HostCrypto;
import io.crij.image.http.PemFiles;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The streaming server's certificate. Clients are known by their tokens, so none is asked of them. */
public final class StreamTls {
  private static final Logger LOG = LoggerFactory.getLogger(StreamTls.class);

  private final String what;
  private final LiveValue<SslContext> live;
  private volatile SslContext current;
  private @Nullable String failure;

  private StreamTls(String what, LiveValue<SslContext> live) throws IOException {
    HostCrypto.useForTls();
    this.what = what;
    this.live = live;
    try {
      this.current = live.get();
    } catch (IOException | GeneralSecurityException e) {
      throw new IOException("the streaming server cannot use " + what + ": " + e.getMessage(), e);
    }
  }

  /**
   * A certificate that the operator gives. When a file changes, as kubelet's do when they are rotated, new connections get the
   * new one; files that cannot be used, such as a key that does not belong to the certificate yet, leave the old one in use.
   *
   * @param cert with those of its issuers, PEM
   * @param key PEM, without a password; may be the same file
   * @throws IOException with a sentence if they cannot be used
   */
  public static StreamTls ofFiles(Path cert, Path key) throws IOException {
    return new StreamTls("the certificate " + cert + " with the key " + key, new LiveValue<>(files -> load(files.note(cert), files.note(key))));
  }

  /** A certificate made now, whose key is never written anywhere. It keeps listeners out, and proves nothing to a client. */
  public static StreamTls selfSigned(InetAddress address) throws IOException {
    SelfSigned identity = SelfSigned.make(address);
    SslContext context = versions(SslContextBuilder.forServer(identity.key(), identity.certificate()));
    return new StreamTls("a certificate of its own", new LiveValue<>(files -> context));
  }

  /** For connections that come now. Never waits. */
  SslContext context() {
    return current;
  }

  /** Looks whether the files have changed. */
  synchronized void refresh() {
    try {
      SslContext now = live.get();
      if (now != current) {
        current = now;
        LOG.info("streams are served with {} as it is now", what);
      }
      failure = null;
    } catch (IOException | GeneralSecurityException e) {
      String why = String.valueOf(e.getMessage());
      if (!Objects.equals(why, failure)) {
        failure = why;
        LOG.warn("{} cannot be used, and streams go on with what was there before: {}", what, why);
      }
    }
  }

  private static SslContext load(Path cert, Path key) throws IOException, GeneralSecurityException {
    List<X509Certificate> chain = PemFiles.certificates(cert);
    PrivateKey secret = PemFiles.privateKey(key);
    if (!belongTogether(chain.getFirst(), secret)) {
      throw new InvalidKeyException("the key in " + key + " is not that of the first certificate in " + cert);
    }
    return versions(SslContextBuilder.forServer(secret, chain));
  }

  private static boolean belongTogether(X509Certificate certificate, PrivateKey key) throws GeneralSecurityException {
    if (!certificate.getPublicKey().getAlgorithm().equals(key.getAlgorithm())) {
      return false;
    }
    Signature signature =
        Signature.getInstance(
            switch (key.getAlgorithm()) {
              case "RSA" -> "SHA256withRSA";
              case "EC" -> "SHA256withECDSA";
              default -> key.getAlgorithm();
            });
    byte[] anything = {1};
    signature.initSign(key);
    signature.update(anything);
    byte[] signed = signature.sign();
    signature.initVerify(certificate.getPublicKey());
    signature.update(anything);
    return signature.verify(signed);
  }

  private static SslContext versions(SslContextBuilder builder) throws SSLException {
    return builder.protocols("TLSv1.3", "TLSv1.2").build();
  }
}
