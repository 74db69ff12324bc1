package io.crij.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * One object's state on disk: a header line {@code {"format":F,"version":N,"sha256":H}} and the record itself as JSON, so
 * that a person reads it with {@code tail -n +2 FILE | jq}. The checksum covers the bytes after the header line. A write
 * goes to a temporary file beside it and is renamed over it: a reader sees the old record or the new one.
 */
public final class RecordFile {
  /** What a record must survive. */
  public enum Durability {
    /** A kill of the daemon: the page cache keeps it, nothing is synced. */
    PROCESS_CRASH,
    /** A power cut: the file and its folder are synced before the call returns. */
    POWER_LOSS
  }

  /** A record that cannot be trusted: torn, of another format or of a newer version. */
  public static final class CorruptRecordException extends IOException {
    private static final long serialVersionUID = 1;

    CorruptRecordException(Path file, String why) {
      super("record " + file + " cannot be read: " + why);
    }
  }

  private record Header(String format, int version, String sha256) {}

  private static final Pattern UNFINISHED = Pattern.compile("\\..+\\.[0-9]+-[0-9]+\\.tmp");
  private static final AtomicLong SYNCS = new AtomicLong();
  private static final AtomicLong SEQUENCE = new AtomicLong();

  private RecordFile() {}

  /** How many times this process asked the disk to sync a record; tests count it. */
  public static long syncs() {
    return SYNCS.get();
  }

  /** Writes {@code record} as JSON under {@code file}, mode 0600. The folder must exist. */
  public static void write(Path file, String format, int version, Object record, Durability durability)
      throws IOException {
    byte[] body = Json.OWN.writerWithDefaultPrettyPrinter().writeValueAsBytes(record);
    byte[] header = Json.OWN.writeValueAsBytes(new Header(format, version, sha256(body)));
    Path temporary =
        file.resolveSibling("." + file.getFileName() + "." + ProcessHandle.current().pid() + "-" + SEQUENCE.incrementAndGet() + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            java.util.Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      writeFully(channel, header);
      writeFully(channel, new byte[] {'\n'});
      writeFully(channel, body);
      writeFully(channel, new byte[] {'\n'});
      if (durability == Durability.POWER_LOSS) {
        channel.force(true);
        SYNCS.incrementAndGet();
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    if (durability == Durability.POWER_LOSS) {
      syncFolder(file);
    }
  }

  /**
   * Reads the record, or nothing if the file does not exist.
   *
   * @throws CorruptRecordException if the bytes are not what {@link #write} wrote, or its version is above {@code newest}
   */
  public static <T> Optional<T> read(Path file, String format, int newest, Class<T> type) throws IOException {
    byte[] all;
    try {
      if (Files.readAttributes(file, BasicFileAttributes.class).isOther()) {
        throw new IOException("record " + file + " cannot be read: it is no file"); // opening a pipe would wait for ever
      }
      all = Files.readAllBytes(file);
    } catch (java.nio.file.NoSuchFileException e) {
      return Optional.empty();
    }
    int newline = 0;
    while (newline < all.length && all[newline] != '\n') {
      newline++;
    }
    if (newline == all.length || all.length < newline + 2) {
      throw new CorruptRecordException(file, "it ends inside its header");
    }
    try {
      JsonNode header = Json.OWN.readTree(new String(all, 0, newline, StandardCharsets.UTF_8));
      byte[] body = Arrays.copyOfRange(all, newline + 1, all.length - 1);
      if (!header.path("format").asText().equals(format)) {
        throw new CorruptRecordException(file, "its format is '" + header.path("format").asText() + "', not '" + format + "'");
      }
      int version = header.path("version").asInt(-1);
      if (version < 1 || version > newest) {
        throw new CorruptRecordException(file, "its version is " + version + "; this daemon reads 1 to " + newest);
      }
      if (!header.path("sha256").asText().equals(sha256(body))) {
        throw new CorruptRecordException(file, "its checksum does not match");
      }
      return Optional.of(Json.OWN.readValue(body, type));
    } catch (JsonProcessingException e) {
      throw new CorruptRecordException(file, e.getOriginalMessage());
    }
  }

  /** Whether the file is, by its name, one that {@link #write} did not come to give its place. */
  public static boolean isUnfinished(Path file) {
    return UNFINISHED.matcher(String.valueOf(file.getFileName())).matches();
  }

  /** Removes the record; with {@link Durability#POWER_LOSS} it stays removed after a power cut. */
  public static void delete(Path file, Durability durability) throws IOException {
    if (Files.deleteIfExists(file) && durability == Durability.POWER_LOSS) {
      syncFolder(file);
    }
  }

  /** Moves a record that cannot be read into {@code quarantine} (made if missing) beside a file that says why. */
  public static void quarantine(Path file, Path quarantine, String why) throws IOException {
    Files.createDirectories(quarantine);
    Path target = freeName(file, quarantine);
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    try {
      Files.writeString(target.resolveSibling(target.getFileName() + ".why"), why + "\n");
    } catch (IOException e) {
      // A full disk: the record is out of the way all the same, and its reader has the reason.
      return;
    }
  }

  /** Says which folder the record is from, and takes no other record's place: many may be torn by one power cut. */
  private static Path freeName(Path file, Path quarantine) {
    Path parent = file.toAbsolutePath().getParent();
    String name = (parent == null ? "" : parent.getFileName() + "-") + file.getFileName() + "." + System.currentTimeMillis();
    Path target = quarantine.resolve(name);
    for (int i = 1; Files.exists(target, LinkOption.NOFOLLOW_LINKS); i++) {
      target = quarantine.resolve(name + "-" + i);
    }
    return target;
  }

  private static void syncFolder(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException("a record needs a folder: " + file);
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
      SYNCS.incrementAndGet();
    }
  }

  private static void writeFully(FileChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
