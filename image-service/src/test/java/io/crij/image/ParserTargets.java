package io.crij.image;

import io.crij.core.CriException;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import io.crij.image.content.Reference;
import io.crij.image.registry.RegistryClient;
import io.crij.image.unpack.TarEntry;
import io.crij.image.unpack.TarReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Feeds bytes of a stranger to one parser each. Whatever they are, only the refusals that callers expect may come out. */
final class ParserTargets {
  private ParserTargets() {}

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

  static void manifest(byte[] bytes) {
    try {
      Manifests.parse(new RegistryClient.Document(bytes, ""), Platform.ofThisNode(), ImageLimits.DEFAULT);
    } catch (IOException refused) {
      // HostileContentException, which names what is wrong.
    }
  }
}
