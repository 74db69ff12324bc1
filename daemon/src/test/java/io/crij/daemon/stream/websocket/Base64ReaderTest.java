package io.crij.daemon.stream.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Base64ReaderTest {
  @Test
  void anyMessageInAnyPiecesIsDecoded() {
    Random random = new Random(5);
    Base64Reader reader = new Base64Reader();
    for (int round = 0; round < 500; round++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      String text = Base64.getEncoder().encodeToString(bytes);
      ByteArrayOutputStream got = new ByteArrayOutputStream();
      reader.start();
      int at = 0;
      while (at < text.length()) {
        int to = Math.min(text.length(), at + 1 + random.nextInt(9));
        got.writeBytes(ByteBufUtil.getBytes(reader.decode(Unpooled.copiedBuffer(text.substring(at, to), US_ASCII), to == text.length())));
        at = to;
      }
      assertThat(got.toByteArray()).isEqualTo(bytes);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "ab!=", "aGk=aGk=", "=", "====", "aGVsbG8=\n"})
  void whatIsNoBase64IsRefused(String text) {
    Base64Reader reader = new Base64Reader();
    reader.start();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < text.length(); i++) {
                reader.decode(Unpooled.copiedBuffer(text.substring(i, i + 1), US_ASCII), i == text.length() - 1);
              }
            })
        .isInstanceOf(IllegalArgumentException.class);
  }
}
