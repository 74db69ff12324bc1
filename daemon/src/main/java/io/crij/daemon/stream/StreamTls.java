package io.crij.daemon.stream;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import javax.net.ssl.SSLException;

/** The streaming server's certificate. Clients are known by their tokens, so none is asked of them. */
public final class StreamTls {
  private StreamTls() {}

  /**
   * A certificate that the operator gives.
   *
   * @param cert with those of its issuers, PEM
   * @param key PKCS #8, PEM, without a password
   * @throws IOException with a sentence if they cannot be used
   */
  public static SslContext ofFiles(Path cert, Path key) throws IOException {
    try {
      return versions(SslContextBuilder.forServer(cert.toFile(), key.toFile()));
    } catch (IllegalArgumentException | SSLException e) {
      throw new IOException("the streaming server cannot use the certificate " + cert + " with the key " + key + ": " + e.getMessage(), e);
    }
  }

  /** A certificate made now, whose key is never written anywhere. It keeps listeners out, and proves nothing to a client. */
  public static SslContext selfSigned(InetAddress address) throws IOException {
    SelfSigned identity = SelfSigned.make(address);
    return versions(SslContextBuilder.forServer(identity.key(), identity.certificate()));
  }

  private static SslContext versions(SslContextBuilder builder) throws SSLException {
    return builder.protocols("TLSv1.3", "TLSv1.2").build();
  }
}
