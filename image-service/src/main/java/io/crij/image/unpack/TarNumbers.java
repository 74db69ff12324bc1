package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;

/** Numbers in tar headers: octal text or, when the first bit is set, a big-endian binary number (GNU). */
final class TarNumbers {
  private TarNumbers() {}

  /** @throws HostileContentException if the field holds no number or one that does not fit in 63 bits */
  static long parse(byte[] block, int offset, int length, String field) throws HostileContentException {
    if ((block[offset] & 0x80) != 0) {
      return binary(block, offset, length, field);
    }
    int at = offset;
    int end = offset + length;
    while (at < end && block[at] == ' ') {
      at++;
    }
    long value = 0;
    for (; at < end && block[at] != 0 && block[at] != ' '; at++) {
      int digit = block[at] - '0';
      if (digit < 0 || digit > 7 || value > (Long.MAX_VALUE >> 3)) {
        throw new HostileContentException("a tar header has no octal number in its field '" + field + "'");
      }
      value = (value << 3) | digit;
    }
    return value;
  }

  private static long binary(byte[] block, int offset, int length, String field) throws HostileContentException {
    boolean negative = (block[offset] & 0x40) != 0;
    long value = negative ? -1 : 0;
    for (int i = 0; i < length; i++) {
      int octet = block[offset + i] & 0xff;
      if (i == 0) {
        octet = negative ? octet : octet & 0x7f;
      }
      if (value > (Long.MAX_VALUE >> 8) || value < (Long.MIN_VALUE >> 8)) {
        throw new HostileContentException("a tar header has a number beyond 63 bits in its field '" + field + "'");
      }
      value = (value << 8) | octet;
    }
    return value;
  }

  /** Decimal text of a PAX record without a fraction. */
  static long decimal(byte[] text, String field) throws HostileContentException {
    if (text.length == 0 || text.length > 19) {
      throw new HostileContentException("the PAX record '" + field + "' holds no number");
    }
    boolean negative = text[0] == '-';
    long value = 0;
    for (int i = negative ? 1 : 0; i < text.length; i++) {
      int digit = text[i] - '0';
      if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
        throw new HostileContentException("the PAX record '" + field + "' holds no number");
      }
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }
}
