package io.crij.daemon.stream.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.daemon.stream.wire.ClientStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalSizesTest {
  private static List<String> sizes(String text) throws IOException {
    List<String> seen = new ArrayList<>();
    TerminalSizes.read(new Bytes(text.getBytes(UTF_8)), (columns, rows) -> seen.add(columns + "x" + rows));
    return seen;
  }

  @Test
  void objectsFollowEachOtherWithAnythingThatJsonAllowsBetween() throws IOException {
    assertThat(sizes("{\"Width\":80,\"Height\":24}\n\n{\"Height\":1,\"Width\":65535}{\"X\":{\"Width\":7},\"Width\":2,\"Height\":3,\"Y\":[1]}"))
        .containsExactly("80x24", "65535x1", "2x3");
    assertThat(sizes("")).isEmpty();
  }

  @Test
  void sizesThatNoTerminalHasArePassedOver() throws IOException {
    assertThat(sizes("{\"Width\":0,\"Height\":24}{\"Width\":-1,\"Height\":1}{\"Width\":65536,\"Height\":1}{\"Width\":99999999999999999999,\"Height\":1}{}")).isEmpty();
    assertThat(sizes("{\"Width\":\"80\",\"Height\":24}")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"80x24", "[1]", "{\"Width\":80", "{{}", "\u0000\u0001", "{\"a\":[[[[[[[[[[[[1]]]]]]]]]]]]}"})
  void whatIsNoObjectIsAnError(String text) {
    assertThatThrownBy(() -> sizes(text)).isInstanceOf(IOException.class);
  }

  @Test
  void aNameWithoutEndIsNotCollected() {
    assertThatThrownBy(() -> sizes("{\"" + "x".repeat(100_000))).isInstanceOf(IOException.class);
  }

  /** A stream whose bytes are all there, given out a few at a time. */
  record Bytes(ByteBuffer bytes) implements ClientStream {
    Bytes(byte[] bytes) {
      this(ByteBuffer.wrap(bytes));
    }

    @Override
    public int read(ByteBuffer into) {
      if (!bytes.hasRemaining()) {
        return -1;
      }
      int length = Math.min(7, Math.min(into.remaining(), bytes.remaining()));
      into.put(bytes.slice(bytes.position(), length));
      bytes.position(bytes.position() + length);
      return length;
    }

    @Override
    public void write(ByteBuffer from) {}

    @Override
    public void finish() {}

    @Override
    public void ignoreInput() {}

    @Override
    public void whenLost(Runnable action) {}

    @Override
    public void reset() {}
  }
}
