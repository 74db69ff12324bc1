package io.crij.image;

import io.crij.core.CriException;
import io.crij.image.archive.ArchiveFiles;
import io.crij.image.archive.ArchivedImage;
import io.crij.image.archive.Spool;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import io.crij.image.content.Reference;
import io.crij.image.registry.RegistryClient;
import io.crij.image.unpack.TarEntry;
import io.crij.image.unpack.TarReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Feeds bytes of a stranger to one parser each. Whatever they are, only the refusals that callers expect may come out. */
final class ParserTargets {
  /** One for all: it has no name on the disk, and making one takes longer than what is tested. */
  private static final Spool SPOOL = spool();

  private ParserTargets() {}

  private static Spool spool() {
    try {
      return Spool.in(Path.of(System.getProperty("java.io.tmpdir")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void tar(byte[] bytes) {
    TarReader reader = new TarReader(new ByteArrayInputStream(bytes), ImageLimits.DEFAULT);
    byte[] buffer = new byte[997];
    try {
      for (TarEntry entry = reader.next(); entry != null; entry = reader.next()) {
        long left = 1 << 20; // a sparse file may claim more zeros than anyone reads
        while (left > 0) {
          int count = reader.read(buffer, 0, buffer.length);
          if (count < 0) {
            break;
          }
          left -= count;
        }
      }
    } catch (IOException refused) {
      // HostileContentException or the end of the bytes: both fail the pull with a sentence.
    }
  }

  static void reference(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    try {
      Reference first = Reference.parse(text);
      Reference again = Reference.parse(first.toString());
      if (!first.equals(again)) {
        throw new AssertionError("'" + text + "' is read as " + first + ", and that as " + again);
      }
    } catch (CriException refused) {
      // INVALID_ARGUMENT, which quotes it.
    }
  }

  /** An archive of images as it comes. */
  static void archive(byte[] bytes) {
    try {
      ArchivedImage.all(ArchiveFiles.read(new ByteArrayInputStream(bytes), SPOOL, ImageLimits.DEFAULT), ImageLimits.DEFAULT);
    } catch (IOException refused) {
      // HostileContentException, which names what is wrong.
    }
  }

  /** What an archive says of itself: the same bytes as the one and as the other form of it. */
  static void archiveIndex(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    archive(TestImage.Tar.of(tar -> tar.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}").file("index.json", text)));
    archive(TestImage.Tar.of(tar -> tar.file("manifest.json", text).file("a", "x").symlink("b", "a")));
  }

  static void manifest(byte[] bytes) {
    try {
      Manifests.parse(new RegistryClient.Document(bytes, ""), Platform.ofThisNode(), ImageLimits.DEFAULT);
    } catch (IOException refused) {
      // HostileContentException, which names what is wrong.
    }
  }
}
