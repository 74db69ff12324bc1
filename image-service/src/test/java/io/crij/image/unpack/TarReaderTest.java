package io.crij.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarReaderTest {
  private record Read(TarEntry entry, byte[] content) {}

  private static List<Read> readAll(byte[] tar) throws IOException {
    TarReader reader = new TarReader(new ByteArrayInputStream(tar), ImageLimits.DEFAULT);
    List<Read> all = new ArrayList<>();
    for (TarEntry entry = reader.next(); entry != null; entry = reader.next()) {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      byte[] buffer = new byte[100];
      for (int count = reader.read(buffer, 0, 100); count >= 0; count = reader.read(buffer, 0, 100)) {
        content.write(buffer, 0, count);
      }
      all.add(new Read(entry, content.toByteArray()));
    }
    return all;
  }

  /** Random archives written by one library are read alike by that library and by us. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anotherReaderSeesTheSame(long seed) throws IOException {
    Random random = new Random(seed);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(bytes, "UTF-8")) {
      out.setLongFileMode(seed % 2 == 0 ? TarArchiveOutputStream.LONGFILE_GNU : TarArchiveOutputStream.LONGFILE_POSIX);
      out.setBigNumberMode(seed % 2 == 0 ? TarArchiveOutputStream.BIGNUMBER_STAR : TarArchiveOutputStream.BIGNUMBER_POSIX);
      out.setAddPaxHeadersForNonAsciiNames(true);
      for (int i = 0; i < 60; i++) {
        String name = "d".repeat(random.nextInt(200) + 1) + "/é" + i;
        byte type = new byte[] {TarConstants.LF_NORMAL, TarConstants.LF_DIR, TarConstants.LF_SYMLINK, TarConstants.LF_LINK, TarConstants.LF_CHR}[random.nextInt(5)];
        TarArchiveEntry entry = new TarArchiveEntry(type == TarConstants.LF_DIR ? name + "/" : name, type, true);
        byte[] content = new byte[type == TarConstants.LF_NORMAL ? random.nextInt(3000) : 0];
        random.nextBytes(content);
        entry.setSize(content.length);
        entry.setMode(random.nextInt(07777));
        entry.setIds(random.nextInt(3_000_000), random.nextInt(3_000_000));
        entry.setModTime(random.nextInt() * 1000L);
        if (type == TarConstants.LF_SYMLINK || type == TarConstants.LF_LINK) {
          entry.setLinkName("l".repeat(random.nextInt(150) + 1));
        }
        entry.setDevMajor(i);
        entry.setDevMinor(i * 2);
        out.putArchiveEntry(entry);
        out.write(content);
        out.closeArchiveEntry();
      }
    }
    List<Read> ours = readAll(bytes.toByteArray());
    try (TarArchiveInputStream theirs = new TarArchiveInputStream(new ByteArrayInputStream(bytes.toByteArray()), "UTF-8")) {
      for (Read read : ours) {
        TarArchiveEntry other = theirs.getNextEntry();
        assertThat(new String(read.entry.path(), StandardCharsets.UTF_8)).isEqualTo(other.getName());
        assertThat(read.entry.mode()).isEqualTo(other.getMode() & 07777);
        assertThat(read.entry.uid()).isEqualTo((int) other.getLongUserId());
        assertThat(read.entry.gid()).isEqualTo((int) other.getLongGroupId());
        assertThat(read.entry.mtimeSeconds()).isEqualTo(other.getLastModifiedTime().toInstant().getEpochSecond());
        assertThat(new String(read.entry.link(), StandardCharsets.UTF_8)).isEqualTo(other.getLinkName());
        assertThat(read.content).isEqualTo(theirs.readAllBytes());
      }
      assertThat(theirs.getNextEntry()).isNull();
    }
  }

  @Test
  void attributesKeepEveryByte() throws IOException {
    byte[] value = {0, (byte) 0x80, '\n', '=', (byte) 0xff, 1};
    byte[] record = paxRecord("SCHILY.xattr.security.capability", value);
    byte[] tar = concat(header("pax", 'x', record.length), pad(record), header("f", '0', 0), new byte[1024]);
    Map<String, byte[]> attributes = readAll(tar).getFirst().entry.attributes();
    assertThat(attributes).containsOnlyKeys("security.capability");
    assertThat(attributes.get("security.capability")).isEqualTo(value);
  }

  @Test
  void anExtensionHeaderIsForTheNextFileOnly() throws IOException {
    byte[] record = paxRecord("path", "renamed".getBytes(StandardCharsets.UTF_8));
    byte[] tar = concat(header("pax", 'x', record.length), pad(record), header("a", '0', 0), header("b", '0', 0), new byte[1024]);
    assertThat(readAll(tar)).extracting(read -> new String(read.entry.path(), StandardCharsets.UTF_8)).containsExactly("renamed", "b");
  }

  @Test
  void sparseFilesOfPaxFormat1() throws IOException {
    byte[] records =
        concat(
            paxRecord("GNU.sparse.major", "1".getBytes(StandardCharsets.UTF_8)),
            paxRecord("GNU.sparse.minor", "0".getBytes(StandardCharsets.UTF_8)),
            paxRecord("GNU.sparse.name", "holes".getBytes(StandardCharsets.UTF_8)),
            paxRecord("GNU.sparse.realsize", "10000".getBytes(StandardCharsets.UTF_8)));
    byte[] map = pad("2\n0\n3\n9000\n4\n".getBytes(StandardCharsets.UTF_8));
    byte[] content = "abcdefg".getBytes(StandardCharsets.UTF_8);
    byte[] tar = concat(header("pax", 'x', records.length), pad(records), header("x", '0', map.length + content.length), map, pad(content), new byte[1024]);
    Read read = readAll(tar).getFirst();
    assertThat(read.entry.path()).asString().isEqualTo("holes");
    assertThat(read.entry.realSize()).isEqualTo(10000);
    assertThat(read.entry.chunks()).containsExactly(new TarEntry.Chunk(0, 3), new TarEntry.Chunk(9000, 4));
    assertThat(read.content).asString().isEqualTo("abcdefg");
  }

  @Test
  void impossibleThingsAreRefused() {
    byte[] file = concat(header("f", '0', 10), pad(new byte[10]));
    refused(Arrays.copyOf(file, 515), "truncated");
    refused(Arrays.copyOf(file, 100), "truncated");
    refused(concat(header("x", 'x', 3), pad("3 a".getBytes(StandardCharsets.UTF_8))), "PAX");
    refused(concat(header("x", 'x', 12), pad("999 path=abc".getBytes(StandardCharsets.UTF_8))), "PAX");
    refused(header("x", 'x', 2 << 20), "extension headers");
    refused(header("x", 'Z', 0), "unknown type");
    byte[] record = paxRecord("uid", "4294967295".getBytes(StandardCharsets.UTF_8));
    refused(concat(header("x", 'x', record.length), pad(record), header("f", '0', 0)), "impossible uid");
    byte[] map = paxRecord("GNU.sparse.map", "5,10,3,10".getBytes(StandardCharsets.UTF_8));
    byte[] size = paxRecord("GNU.sparse.size", "100".getBytes(StandardCharsets.UTF_8));
    refused(concat(header("x", 'x', map.length + size.length), pad(concat(map, size)), header("f", '0', 20), pad(new byte[20])), "overlaps");
  }

  private static void refused(byte[] tar, String words) {
    assertThatThrownBy(() -> readAll(tar)).isInstanceOf(HostileContentException.class).hasMessageContaining(words);
  }

  private static byte[] header(String name, char type, long size) {
    byte[] block = new byte[512];
    put(block, 0, name);
    put(block, 100, "0000644");
    put(block, 108, "0000000");
    put(block, 116, "0000000");
    put(block, 124, String.format("%011o", size));
    put(block, 136, "00000000000");
    put(block, 148, "        ");
    block[156] = (byte) type;
    put(block, 257, "ustar");
    put(block, 263, "00");
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, String.format("%06o", sum));
    block[154] = 0;
    return block;
  }

  private static void put(byte[] block, int at, String text) {
    System.arraycopy(text.getBytes(StandardCharsets.UTF_8), 0, block, at, text.length());
  }

  private static byte[] paxRecord(String key, byte[] value) {
    int body = key.length() + value.length + 3;
    int length = body + String.valueOf(body).length();
    length = body + String.valueOf(length).length();
    return concat((length + " " + key + "=").getBytes(StandardCharsets.UTF_8), value, new byte[] {'\n'});
  }

  private static byte[] pad(byte[] content) {
    return Arrays.copyOf(content, (content.length + 511) / 512 * 512);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
