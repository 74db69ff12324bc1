package io.crij.image.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

/** Feeds bytes to the parsers of HTTP, of keys and of proxy settings. Only the refusals that callers expect may come out. */
public final class HttpParserTargets {
  private static final int ANSWERS = 20;

  private HttpParserTargets() {}

  public static void answers(byte[] bytes) {
    HttpReader reader = new HttpReader(new ByteArrayInputStream(bytes));
    try {
      for (int i = 0; i < ANSWERS; i++) {
        HttpReader.Head head = reader.head(false);
        try (InputStream body = reader.body(head)) {
          if (body.readAllBytes().length > bytes.length) {
            throw new AssertionError("a body longer than what was sent");
          }
        }
        if (!head.reusable()) {
          return;
        }
      }
    } catch (IOException refused) {
      // HttpProtocolException or the end of the bytes.
    }
  }

  public static void http2(byte[] bytes) {
    PullTimeouts timeouts = PullTimeouts.DEFAULT;
    try (Http2Connection connection = new Http2Connection(new Replay(bytes), new Watch(timeouts, () -> false), timeouts);
        HttpAnswer answer = connection.send(HttpRequest.get(java.net.URI.create("https://r.example/x")), new Pace())) {
      if (answer.body().readAllBytes().length > bytes.length) {
        throw new AssertionError("a body longer than what was sent");
      }
    } catch (IOException refused) {
      // HttpProtocolException or the end of the bytes.
    }
  }

  /** A connection on which all has been said. */
  private static final class Replay extends java.net.Socket {
    private final InputStream in;

    Replay(byte[] bytes) {
      this.in = new ByteArrayInputStream(bytes);
    }

    @Override
    public InputStream getInputStream() {
      return in;
    }

    @Override
    public java.io.OutputStream getOutputStream() {
      return java.io.OutputStream.nullOutputStream();
    }
  }

  public static void keys(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    try {
      PemFiles.privateKey(text, "key");
    } catch (GeneralSecurityException refused) {
      // Names the file.
    }
    try {
      PemFiles.publicKey(text, "key");
    } catch (GeneralSecurityException refused) {
      // Names the file.
    }
  }

  public static void proxies(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    try {
      ProxyRules.of(text, text, text).forServer(true, "registry.example", 443);
    } catch (IllegalArgumentException refused) {
      // Names the variable.
    }
    ProxyRules.of("", "proxy", text).forServer(true, "10.1.2.3", 443);
  }
}
