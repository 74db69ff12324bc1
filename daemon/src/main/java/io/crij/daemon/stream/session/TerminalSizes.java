package io.crij.daemon.stream.session;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.crij.daemon.stream.wire.ClientStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The resize stream: JSON objects {@code {"Width":columns,"Height":rows}}, one behind the other. */
final class TerminalSizes {
  interface Listener {
    void size(int columns, int rows) throws IOException;
  }

  /** As struct winsize (ioctl_tty(2)) holds them. */
  private static final int MOST = 65_535;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(8).maxNumberLength(32).maxStringLength(256).maxNameLength(256).build())
          .build();

  private TerminalSizes() {}

  /**
   * Reads until the stream ends. Names that are not known are passed over, sizes that no terminal can have are too.
   *
   * @throws IOException if the stream is lost or holds anything but such objects
   */
  static void read(ClientStream stream, Listener listener) throws IOException {
    try (JsonParser parser = JSON.createParser(new Input(stream))) {
      while (parser.nextToken() != null) {
        one(parser, listener);
      }
    }
  }

  private static void one(JsonParser parser, Listener listener) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw new IOException("a terminal size is no JSON object");
    }
    int columns = 0;
    int rows = 0;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (value == JsonToken.VALUE_NUMBER_INT && name.equals("Width")) {
        columns = number(parser);
      } else if (value == JsonToken.VALUE_NUMBER_INT && name.equals("Height")) {
        rows = number(parser);
      } else {
        parser.skipChildren();
      }
    }
    if (columns > 0 && rows > 0) {
      listener.size(columns, rows);
    }
  }

  private static int number(JsonParser parser) throws IOException {
    long value = parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? -1 : parser.getLongValue();
    return value < 0 || value > MOST ? 0 : (int) value;
  }

  private static final class Input extends InputStream {
    private final ClientStream stream;

    Input(ClientStream stream) {
      this.stream = stream;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return stream.read(ByteBuffer.wrap(into, offset, length));
    }
  }
}
