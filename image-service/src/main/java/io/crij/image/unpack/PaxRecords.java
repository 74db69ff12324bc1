package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The records of a PAX extended header ({@code "LENGTH KEY=VALUE\n"}, POSIX.1-2001). Values are cut out by the length alone:
 * they may hold newlines, NULs and bytes that are no text. Keys are kept in ISO-8859-1, which keeps every byte.
 */
final class PaxRecords {
  private static final String ATTRIBUTE = "SCHILY.xattr.";
  private static final int ATTRIBUTE_NAME_MAX = 255;
  private static final int ATTRIBUTE_BYTES_MAX = 64 << 10;

  private final Map<String, byte[]> values;

  private PaxRecords(Map<String, byte[]> values) {
    this.values = values;
  }

  static PaxRecords none() {
    return new PaxRecords(Map.of());
  }

  /**
   * The sparse map of PAX format 0.0 repeats its keys; the values of {@code GNU.sparse.offset} and {@code numbytes} are
   * therefore joined by commas into a {@code GNU.sparse.map}, the form of format 0.1.
   */
  static PaxRecords parse(byte[] header) throws HostileContentException {
    Map<String, byte[]> values = new LinkedHashMap<>();
    StringBuilder sparse = new StringBuilder();
    int at = 0;
    while (at < header.length) {
      int space = at;
      int length = 0;
      while (space < header.length && header[space] != ' ') {
        int digit = header[space] - '0';
        if (digit < 0 || digit > 9 || space - at > 8) {
          throw bad();
        }
        length = length * 10 + digit;
        space++;
      }
      int end = at + length;
      if (length < space - at + 4 || end > header.length || header[end - 1] != '\n') {
        throw bad();
      }
      int equals = space + 1;
      while (equals < end - 1 && header[equals] != '=') {
        equals++;
      }
      if (equals == end - 1 || equals == space + 1) {
        throw bad();
      }
      String key = new String(header, space + 1, equals - space - 1, StandardCharsets.ISO_8859_1);
      byte[] value = java.util.Arrays.copyOfRange(header, equals + 1, end - 1);
      if (key.equals("GNU.sparse.offset") || key.equals("GNU.sparse.numbytes")) {
        sparse.append(sparse.isEmpty() ? "" : ",").append(new String(value, StandardCharsets.ISO_8859_1));
      } else {
        values.put(key, value);
      }
      at = end;
    }
    if (!sparse.isEmpty()) {
      values.put("GNU.sparse.map", sparse.toString().getBytes(StandardCharsets.ISO_8859_1));
    }
    return new PaxRecords(values);
  }

  byte @Nullable [] get(String key) {
    return values.get(key);
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  /** The number under {@code key}, or {@code otherwise} if there is none. */
  long number(String key, long otherwise) throws HostileContentException {
    byte[] value = values.get(key);
    return value == null || value.length == 0 ? otherwise : TarNumbers.decimal(value, key);
  }

  /** Extended attributes as star, GNU tar, Go and libarchive write them, within what xattr(7) allows. */
  Map<String, byte[]> attributes() throws HostileContentException {
    Map<String, byte[]> found = new LinkedHashMap<>();
    for (Map.Entry<String, byte[]> record : values.entrySet()) {
      if (record.getKey().startsWith(ATTRIBUTE)) {
        String name = record.getKey().substring(ATTRIBUTE.length());
        if (name.length() > ATTRIBUTE_NAME_MAX || record.getValue().length > ATTRIBUTE_BYTES_MAX) {
          throw new HostileContentException("an archive entry has an extended attribute whose name or value is too long");
        }
        found.put(name, record.getValue());
      }
    }
    return found;
  }

  private static HostileContentException bad() {
    return new HostileContentException("a PAX header has a record whose length does not fit");
  }
}
