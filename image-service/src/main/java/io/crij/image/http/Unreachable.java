package io.crij.image.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says in plain words why a server could not be asked. */
public final class Unreachable {
  private Unreachable() {}

  /** Half a sentence that follows "because". */
  public static String why(IOException e) {
    return switch (e) {
      case UnknownHostException unknown -> "its name is not known";
      case SocketTimeoutException late -> "it does not answer in time";
      case StalledException stalled -> "it " + stalled.getMessage();
      case HttpProtocolException wrong -> "it " + wrong.getMessage();
      case ConnectException refused when String.valueOf(refused.getMessage()).startsWith("Connection refused") -> "the connection is refused";
      case SSLException tls -> "TLS failed: " + deepest(tls);
      default -> String.valueOf(e.getMessage());
    };
  }

  /** TLS failures wrap the one that names the certificate's fault. */
  private static String deepest(Throwable e) {
    @Nullable Throwable cause = e;
    String message = String.valueOf(e.getMessage());
    for (int depth = 0; cause != null && depth < 8; depth++) {
      if (cause instanceof java.security.GeneralSecurityException && cause.getMessage() != null) {
        message = cause.getMessage();
      }
      cause = cause.getCause();
    }
    return message;
  }
}
