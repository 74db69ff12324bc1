package io.crij.image.http;

import io.crij.helper.crypto.HostCrypto;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** How one server's certificate is checked and which one is shown to it. Made once per configuration: equal only to itself. */
public final class TlsSettings {
  static {
    HostCrypto.useForTls();
  }

  /** The JDK's authorities, no certificate of our own. */
  public static final TlsSettings DEFAULT = new TlsSettings(null, true);

  /** A certificate of our own: the chain, ours first, and its key. */
  public record Identity(List<X509Certificate> chain, PrivateKey key) {}

  /** Null for the JDK's, which reads all its authorities when it is first asked for: not on a node whose registries speak plain http. */
  private final @Nullable SSLSocketFactory sockets;
  private final boolean checksName;

  private TlsSettings(@Nullable SSLSocketFactory sockets, boolean checksName) {
    this.sockets = sockets;
    this.checksName = checksName;
  }

  /**
   * @param authorities taken in addition to the JDK's
   * @param anyCertificate the administrator takes whatever certificate the server shows
   */
  public static TlsSettings of(List<X509Certificate> authorities, List<Identity> identities, boolean anyCertificate)
      throws GeneralSecurityException {
    if (authorities.isEmpty() && identities.isEmpty() && !anyCertificate) {
      return DEFAULT;
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys(identities), anyCertificate ? new TrustManager[] {new TrustAll()} : trust(authorities), null);
    return new TlsSettings(context.getSocketFactory(), !anyCertificate);
  }

  SSLSocketFactory sockets() {
    return sockets == null ? (SSLSocketFactory) SSLSocketFactory.getDefault() : sockets;
  }

  boolean checksName() {
    return checksName;
  }

  private static TrustManager @Nullable [] trust(List<X509Certificate> authorities) throws GeneralSecurityException {
    if (authorities.isEmpty()) {
      return null;
    }
    KeyStore store = emptyStore();
    int count = 0;
    TrustManagerFactory usual = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    usual.init((@Nullable KeyStore) null);
    for (TrustManager manager : usual.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        for (X509Certificate authority : x509.getAcceptedIssuers()) {
          store.setCertificateEntry("jdk-" + count++, authority);
        }
      }
    }
    for (X509Certificate authority : authorities) {
      store.setCertificateEntry("file-" + count++, authority);
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager @Nullable [] keys(List<Identity> identities) throws GeneralSecurityException {
    if (identities.isEmpty()) {
      return null;
    }
    KeyStore store = emptyStore();
    int count = 0;
    for (Identity identity : identities) {
      store.setKeyEntry("key-" + count++, identity.key(), new char[0], identity.chain().toArray(new Certificate[0]));
    }
    KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try {
      store.load(null, null);
    } catch (java.io.IOException e) {
      throw new AssertionError("an empty store is read from nothing", e);
    }
    return store;
  }

  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
