package io.crij.image;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.image.archive.ArchiveFiles;
import io.crij.image.archive.ArchivedImage;
import io.crij.image.archive.Spool;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import io.crij.image.content.NodeBusyException;
import io.crij.image.trust.ImageTrust;
import io.crij.image.unpack.ChunkPool;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * Takes images out of an archive that somebody gives. Nothing in it is believed more than what a registry sends: digests, limits and
 * unpacking are those of a pull, and the node's policy is asked for each name. All images of an archive come or none does.
 */
public final class LoadImages {
  /** An image that is here now, with the names that the archive gave it. */
  public record Loaded(String id, List<String> names) {}

  /** What a load keeps in memory and on disk until its archive is checked is bounded for each; so is their number. */
  private static final int AT_ONCE = 2;

  private final Semaphore loads = new Semaphore(AT_ONCE);
  private final Catalogue catalogue;
  private final ImageTrust trust;
  private final ImageLimits limits;
  private final ChunkPool chunks;

  LoadImages(Catalogue catalogue, ImageTrust trust, ImageLimits limits, ChunkPool chunks) {
    this.catalogue = catalogue;
    this.trust = trust;
    this.limits = limits;
    this.chunks = chunks;
  }

  /**
   * Loads all images of an archive that are for this node; returns when the disk has them. An interrupt stops it.
   *
   * @throws CriException INVALID_ARGUMENT if the archive is refused; UNKNOWN with a message that starts with {@code
   *     SignatureValidationFailed} if the policy keeps one of its images out; RESOURCE_EXHAUSTED if the disk is full
   *     or too many archives are being loaded; CANCELLED
   */
  public List<Loaded> run(InputStream archive) {
    if (!loads.tryAcquire()) {
      throw new CriException(
          ErrorCode.RESOURCE_EXHAUSTED, "The archive cannot be loaded: " + AT_ONCE + " others are being loaded. Try again when one of them is done.");
    }
    try {
      return load(archive);
    } finally {
      loads.release();
    }
  }

  private List<Loaded> load(InputStream archive) {
    try (Spool spool = Spool.in(catalogue.scratchDir())) {
      ArchiveFiles files = ArchiveFiles.read(archive, spool, limits);
      List<ArchivedImage> images = ArchivedImage.all(files, limits);
      List<Loaded> loaded;
      try (Load load = new Load(files, catalogue, trust, limits, chunks)) {
        loaded = load.run(images);
      }
      catalogue.confirm(); // There is no registry to fetch it from if the power goes now.
      return loaded;
    } catch (CriException e) {
      throw e;
    } catch (IOException e) {
      throw explain(e);
    }
  }

  private static CriException explain(IOException e) {
    return switch (e) {
      case HostileContentException hostile ->
          new CriException(ErrorCode.INVALID_ARGUMENT, "The archive is refused: " + hostile.getMessage() + ".", hostile);
      case InterruptedIOException stopped -> new CriException(ErrorCode.CANCELLED, "The archive was not loaded: its sender left.", stopped);
      case java.nio.channels.ClosedByInterruptException stopped ->
          new CriException(ErrorCode.CANCELLED, "The archive was not loaded: its sender left.", stopped);
      case NodeBusyException busy ->
          new CriException(ErrorCode.RESOURCE_EXHAUSTED, "The archive cannot be loaded: " + busy.getMessage() + ". Try again later.", busy);
      default ->
          DiskSpace.isExhausted(e)
              ? new CriException(ErrorCode.RESOURCE_EXHAUSTED, "The archive cannot be loaded: " + e.getMessage() + ". Free space below the image folder.", e)
              : CriException.internal("The archive cannot be loaded: " + e.getMessage() + ".", e);
    };
  }
}
