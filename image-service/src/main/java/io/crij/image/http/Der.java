package io.crij.image.http;

import java.io.ByteArrayOutputStream;
import java.security.InvalidKeyException;
import java.util.Arrays;

/** As much of DER as it takes to put a key of an older form into PKCS#8's (RFC 5208, RFC 5915). */
final class Der {
  static final byte[] INTEGER_0 = {2, 1, 0};

  private Der() {}

  static byte[] sequence(byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    return element(0x30, content.toByteArray());
  }

  static byte[] octets(byte[] content) {
    return element(4, content);
  }

  private static byte[] element(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.length;
    if (length < 128) {
      out.write(length);
    } else {
      int bytes = length < 256 ? 1 : length < 65_536 ? 2 : 3;
      out.write(0x80 | bytes);
      for (int i = bytes - 1; i >= 0; i--) {
        out.write(length >> (8 * i));
      }
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  /** The curve's object identifier, with tag and length, of an ECPrivateKey. */
  static byte[] sec1Curve(byte[] der) throws InvalidKeyException {
    Cursor key = new Cursor(der).enter(0x30);
    key.skip(2);
    key.skip(4);
    byte[] parameters = key.enter(0xa0).rest();
    if (parameters.length < 3 || parameters[0] != 6) {
      throw new InvalidKeyException("an EC key names no curve");
    }
    return parameters;
  }

  private static final class Cursor {
    private final byte[] bytes;
    private int at;

    Cursor(byte[] bytes) {
      this.bytes = bytes;
    }

    Cursor enter(int tag) throws InvalidKeyException {
      return new Cursor(content(tag));
    }

    void skip(int tag) throws InvalidKeyException {
      content(tag);
    }

    byte[] rest() {
      return Arrays.copyOfRange(bytes, at, bytes.length);
    }

    private byte[] content(int tag) throws InvalidKeyException {
      if (bytes.length - at < 2 || (bytes[at] & 0xff) != tag) {
        throw new InvalidKeyException("an EC key has another form than that of RFC 5915");
      }
      int length = bytes[at + 1] & 0xff;
      at += 2;
      if (length >= 128) {
        int count = length & 0x7f;
        if (count == 0 || count > 2 || bytes.length - at < count) {
          throw new InvalidKeyException("an EC key has another form than that of RFC 5915");
        }
        length = 0;
        for (int i = 0; i < count; i++) {
          length = length << 8 | (bytes[at++] & 0xff);
        }
      }
      if (length > bytes.length - at) {
        throw new InvalidKeyException("an EC key is cut off");
      }
      byte[] content = Arrays.copyOfRange(bytes, at, at + length);
      at += length;
      return content;
    }
  }
}
