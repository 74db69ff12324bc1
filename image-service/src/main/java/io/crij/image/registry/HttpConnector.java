package io.crij.image.registry;

import io.crij.image.content.Reference;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import javax.net.ssl.HttpsURLConnection;

/** Opens connections to registries, with timeouts, and says in plain words why one could not be reached. */
final class HttpConnector {
  private static final int CONNECT_MILLIS = 15_000;
  /** Without a single byte for this long, a server counts as gone. */
  private static final int READ_MILLIS = 60_000;

  /** A connection that was not sent yet and follows no redirect. {@code endpoint} decides how certificates are checked. */
  HttpURLConnection open(URI url, RegistryEndpoint endpoint) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout(CONNECT_MILLIS);
    connection.setReadTimeout(READ_MILLIS);
    connection.setUseCaches(false);
    connection.setRequestProperty("User-Agent", "crij/0.1");
    boolean sameServer = String.valueOf(url.getAuthority()).equals(endpoint.base().getAuthority());
    if (sameServer && endpoint.tls() != null && connection instanceof HttpsURLConnection https) {
      https.setSSLSocketFactory(endpoint.tls());
      if (!endpoint.verifiesHost()) {
        https.setHostnameVerifier((name, session) -> true);
      }
    }
    return connection;
  }

  RegistryException unreachable(URI url, IOException cause) {
    String why =
        switch (cause) {
          case java.net.UnknownHostException e -> "its name is not known";
          case java.net.SocketTimeoutException e -> "it does not answer in time";
          case java.net.ConnectException e -> "the connection is refused";
          case javax.net.ssl.SSLException e -> "TLS failed: " + e.getMessage();
          default -> String.valueOf(cause.getMessage());
        };
    return new RegistryException(
        RegistryException.Kind.UNREACHABLE, url.getAuthority() + " cannot be reached: " + Reference.printable(why), cause);
  }
}
