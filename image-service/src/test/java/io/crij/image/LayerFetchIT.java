package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;
import io.crij.image.content.ImageLimits;
import io.crij.image.content.Reference;
import io.crij.image.registry.Credentials;
import io.crij.image.registry.Registries;
import io.crij.image.registry.RegistrySettings;
import io.crij.image.unpack.ChunkPool;
import io.crij.image.unpack.NameMemory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A layer that comes over several connections from a registry that lies about parts. Needs root. */
class LayerFetchIT {
  private static final RangeRules EAGER = new RangeRules(256 << 10, Duration.ofMillis(40), 4);

  @TempDir Path folder;

  @Test
  void aLayerWhosePartsAreOfSomethingElseIsFetchedOnceMoreByOneConnection() throws IOException {
    byte[] noise = new byte[2 << 20];
    new Random(7).nextBytes(noise);
    TestImage image = new TestImage().layer(TestImage.Packing.GZIP, tar -> tar.file("big", HexFormat.of().formatHex(noise)));
    byte[] blob = image.layers().getFirst().blob();
    List<String> ranges = new CopyOnWriteArrayList<>();
    Pull.Traffic traffic = new Pull.Traffic(new Lanes(1), new ConcurrentHashMap<>(), new ChunkPool(), new PullsUnderway(), EAGER, new Semaphore(8));
    try (FakeRegistry registry = new FakeRegistry();
        NameMemory names = new NameMemory(ImageLimits.DEFAULT)) {
      registry.trick("/v2/app/blobs/" + Digest.of(blob), exchange -> {
        String range = exchange.getRequestHeaders().getFirst("Range");
        ranges.add(range == null ? "" : range);
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-.*", "$1"));
        int end = range == null || range.endsWith("-") ? blob.length : Integer.parseInt(range.replaceAll(".*-(\\d+)", "$1")) + 1;
        if (range != null) {
          exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (end - 1) + "/" + blob.length);
        }
        exchange.sendResponseHeaders(range == null ? 200 : 206, end - from);
        OutputStream out = exchange.getResponseBody();
        for (int at = from; at < end; at += 8 << 10) {
          int count = Math.min(8 << 10, end - at);
          out.write(range == null ? blob : new byte[blob.length], at, count);
          out.flush();
          LockSupport.parkNanos(1_000_000);
        }
      });
      LayerFetch fetch =
          new LayerFetch(
              new Registries(RegistrySettings.defaults()).client(Reference.parse(registry.host() + "/app:1"), Credentials.NONE),
              PartialBlobs.open(folder.resolve("partial"), Clock.systemUTC()),
              traffic,
              ImageLimits.DEFAULT,
              names,
              () -> Files.createTempDirectory(folder, "w"));
      Descriptor descriptor = new Descriptor(image.layers().getFirst().type(), Digest.of(blob), blob.length);
      LayerContent layer = new LayerContent.Tree(descriptor, Digest.of(image.layers().getFirst().tar()), "chain");

      LayerFetch.Fetched fetched = fetch.fetch(layer, new LayerMeter(descriptor));

      assertThat(Files.size(fetched.scratch().resolve("big"))).isEqualTo(2L * noise.length);
    }
    assertThat(ranges.getFirst()).isEmpty();
    assertThat(ranges).as("parts were asked for").hasSizeGreaterThan(2);
    assertThat(ranges.getLast()).as("the second time, all of it").isEmpty();
    assertThat(traffic.moreConnections().availablePermits()).isEqualTo(8);
    assertThat(LayerStore.children(folder.resolve("partial"))).isEmpty();
  }
}
