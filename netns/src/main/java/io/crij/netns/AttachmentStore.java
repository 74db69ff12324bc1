package io.crij.netns;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.core.RecordFile;
import io.crij.core.RecordFile.Durability;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The records of connections, one file per pod named by its id. */
final class AttachmentStore {
  private static final Logger LOG = LoggerFactory.getLogger(AttachmentStore.class);

  private final Path folder;

  AttachmentStore(Path folder) {
    this.folder = folder;
  }

  /** On the disk when this returns: a plugin may take an address that only DEL gives back. */
  void intend(ObjectId sandbox, AttachmentRecord record) {
    write(sandbox, record, Durability.POWER_LOSS);
  }

  /** Not forced to the disk: DEL works without the result too, and pods do not outlive a power cut. */
  void complete(ObjectId sandbox, AttachmentRecord record) {
    write(sandbox, record, Durability.PROCESS_CRASH);
  }

  private void write(ObjectId sandbox, AttachmentRecord record, Durability durability) {
    try {
      Files.createDirectories(folder);
      RecordFile.write(file(sandbox), AttachmentRecord.FORMAT, AttachmentRecord.VERSION, record, durability);
    } catch (IOException e) {
      throw CriException.internal(
          "The network of sandbox " + sandbox + " cannot be recorded in " + folder + ": " + e.getMessage() + ".", e);
    }
  }

  /** What a read found. */
  sealed interface Found {
    record Nothing() implements Found {}

    record Attached(AttachmentRecord record) implements Found {}

    /** A record that was there and cannot be read; it stays until {@link #delete}. */
    record Torn(String why) implements Found {}
  }

  Found read(ObjectId sandbox) {
    try {
      return RecordFile.read(file(sandbox), AttachmentRecord.FORMAT, AttachmentRecord.VERSION, AttachmentRecord.class)
          .<Found>map(Found.Attached::new)
          .orElseGet(Found.Nothing::new);
    } catch (RecordFile.CorruptRecordException e) {
      return new Found.Torn(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw CriException.internal(
          "The network record of sandbox " + sandbox + " cannot be read: " + e.getMessage() + ".", e);
    }
  }

  void delete(ObjectId sandbox) {
    try {
      RecordFile.delete(file(sandbox), Durability.POWER_LOSS);
    } catch (IOException e) {
      throw CriException.internal(
          "The network record of sandbox " + sandbox + " cannot be removed: " + e.getMessage() + ".", e);
    }
  }

  /** Moves a record that cannot be read out of the way, with the reason beside it. */
  void quarantine(ObjectId sandbox, String why) {
    try {
      RecordFile.quarantine(file(sandbox), folder.resolve("quarantine"), why);
    } catch (IOException e) {
      LOG.warn("{} stays: it cannot be moved to quarantine: {}", file(sandbox), e.getMessage());
    }
  }

  /** Every pod with a record. */
  List<ObjectId> sandboxes() {
    List<ObjectId> ids = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Optional.of(String.valueOf(file.getFileName())).filter(ObjectId::isValid).map(ObjectId::new).ifPresent(ids::add);
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw CriException.internal("The network records in " + folder + " cannot be listed: " + e.getMessage() + ".", e);
    }
    return ids;
  }

  private Path file(ObjectId sandbox) {
    return folder.resolve(sandbox.hex());
  }
}
