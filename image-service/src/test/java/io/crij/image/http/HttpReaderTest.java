package io.crij.image.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class HttpReaderTest {
  private static HttpReader reader(String text) {
    return new HttpReader(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
  }

  private static String body(String text) throws IOException {
    HttpReader reader = reader(text);
    try (InputStream body = reader.body(reader.head(false))) {
      return new String(body.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void bodiesEndWhereTheHeadSays() throws IOException {
    assertThat(body("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef")).isEqualTo("abc");
    assertThat(body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\nrest")).isEqualTo("abcde");
    assertThat(body("HTTP/1.0 200 OK\n\nto the end")).isEqualTo("to the end");
    assertThat(body("HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc")).isEmpty();
    assertThat(body("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx")).isEqualTo("x");
  }

  @Test
  void theNextAnswerOfAConnectionBeginsBehindTheBody() throws IOException {
    HttpReader reader = reader("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nHTTP/1.1 404 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    HttpReader.Head first = reader.head(false);
    assertThat(first.reusable()).isTrue();
    assertThat(reader.body(first).readAllBytes()).hasSize(1);
    HttpReader.Head second = reader.head(false);
    assertThat(second.status()).isEqualTo(404);
    assertThat(second.reusable()).isFalse();
  }

  @Test
  void aBodyThatEndsEarlyIsNoBody() {
    for (String text :
        List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")) {
      assertThatThrownBy(() -> body(text)).as(text).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> reader("").head(false)).isInstanceOf(EOFException.class);
  }

  @Test
  void whatTwoReadersCouldReadInTwoWaysIsRefused() {
    for (String head :
        List.of(
            "Content-Length: 3\r\nContent-Length: 4",
            "Content-Length: 3\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Content-Length: -1",
            "Content-Length: +3",
            "Content-Length: 99999999999999999999",
            "Content-Length : 3",
            " Folded: line",
            "no colon")) {
      assertThatThrownBy(() -> body("HTTP/1.1 200 OK\r\n" + head + "\r\n\r\nabc")).as(head).isInstanceOf(HttpProtocolException.class);
    }
    for (String first : List.of("HTTP/2 200", "SSH-2.0-x", "HTTP/1.1 20", "HTTP/1.1 2000 OK", "HTTP/1.1 abc")) {
      assertThatThrownBy(() -> body(first + "\r\n\r\n")).as(first).isInstanceOf(HttpProtocolException.class);
    }
    for (String chunks : List.of("x\r\n", "-1\r\n", "fffffffffffffffff\r\n", "1\r\nab\r\n0\r\n\r\n", "\r\n")) {
      assertThatThrownBy(() -> body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)).as(chunks).isInstanceOf(HttpProtocolException.class);
    }
  }

  @Test
  void endlessHeadsAreGivenUp() {
    String field = "A: " + "b".repeat(1000) + "\r\n";
    assertThatThrownBy(() -> body("HTTP/1.1 200 OK\r\n" + field.repeat(1000))).isInstanceOf(HttpProtocolException.class);
    assertThatThrownBy(() -> body("HTTP/1.1 200 OK\r\nA: " + "b".repeat(100_000))).isInstanceOf(HttpProtocolException.class);
    assertThatThrownBy(() -> body("HTTP/1.1 100 Continue\r\n\r\n".repeat(1000))).isInstanceOf(HttpProtocolException.class);
  }
}
