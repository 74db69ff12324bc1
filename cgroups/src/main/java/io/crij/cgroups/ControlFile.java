package io.crij.cgroups;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Reads and writes of cgroupfs files. A control file is never created: the kernel makes it or it does not exist. */
final class ControlFile {
  private ControlFile() {}

  /** The text without the newline at its end. */
  static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8).strip();
  }

  /** Writes in one call, as the kernel takes each write as one command. */
  static void write(Path file, String value) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
      channel.write(ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
    }
  }

  static boolean exists(Path file) {
    return Files.exists(file);
  }

  /** Why an operation failed, in a few words without the path: {@code Device or resource busy}, {@code no such file}. */
  static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    if (e instanceof FileSystemException detailed && detailed.getReason() != null) {
      return detailed.getReason();
    }
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  /** True if the cgroup went away while it was read: the folder is gone, or its files answer ENODEV. */
  static boolean isGone(IOException e) {
    return e instanceof NoSuchFileException || reason(e).contains("No such device");
  }
}
