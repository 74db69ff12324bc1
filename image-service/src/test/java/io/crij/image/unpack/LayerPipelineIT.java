package io.crij.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.Syscalls;
import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a layer that is given up leaves to the others that share its buffers. */
class LayerPipelineIT {
  private static final int ROUNDS = 150;
  private static final int CHUNKS_OF_A_LAYER = 40;

  @TempDir Path folder;

  @Test
  void aLayerThatIsGivenUpLeavesNoBufferWithTwoOwners() throws IOException {
    byte[] blob = refusedAtOnceAndLong();
    Descriptor descriptor = new Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", Digest.of(blob), blob.length);
    ChunkPool pool = new ChunkPool();
    pool.enter(); // Another layer is on its way: the buffers stay.
    for (int round = 0; round < ROUNDS; round++) {
      Path tree = Files.createDirectory(folder.resolve("tree" + round));
      Path seal = folder.resolve("seal" + round);
      try (NameMemory names = new NameMemory(ImageLimits.DEFAULT);
          Fd opened = Syscalls.openFolder(tree)) {
        LayerPipeline layer = new LayerPipeline(descriptor, Digest.of(new byte[0]), ImageLimits.DEFAULT, pool, names);
        assertThatThrownBy(() -> layer.run(new ByteArrayInputStream(blob), opened, seal, count -> {}))
            .isInstanceOf(HostileContentException.class)
            .hasMessageContaining("extension headers");
      }
      Set<Chunk> owned = Collections.newSetFromMap(new IdentityHashMap<>());
      List<Chunk> taken = new ArrayList<>();
      for (int i = 0; i < CHUNKS_OF_A_LAYER; i++) {
        taken.add(pool.take());
      }
      owned.addAll(taken);
      assertThat(owned.size()).as("owners in round %d", round).isEqualTo(taken.size());
      taken.forEach(pool::give);
    }
    pool.leave();
  }

  /** An extension header that is too large, and then much more than fits between the stages. */
  private static byte[] refusedAtOnceAndLong() throws IOException {
    byte[] header = new byte[512];
    byte[] name = "x".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    System.arraycopy(name, 0, header, 0, name.length);
    System.arraycopy("77777777777".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, header, 124, 11);
    header[156] = 'x';
    java.util.Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    System.arraycopy("%06o\0 ".formatted(sum).getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, header, 148, 8);
    ByteArrayOutputStream blob = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(blob)) {
      gzip.write(header);
      gzip.write(new byte[8 << 20]);
    }
    return blob.toByteArray();
  }
}
