package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.cri.ImageSpec;
import io.crij.cri.PullImageRequest;
import io.crij.image.content.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls that go on where an earlier one was stopped, killed with its daemon or left by its registry. */
class ResumedPullIT {
  private static final int BYTES = 3_000_000;

  @TempDir Path folder;
  private FakeRegistry registry;
  private TestImage image;
  private byte[] blob;
  /** The Range header of each request for the layer; empty if it had none. */
  private final List<String> ranges = new CopyOnWriteArrayList<>();

  @BeforeEach
  void serve() throws IOException {
    registry = new FakeRegistry();
    byte[] noise = new byte[BYTES / 2];
    new Random(1).nextBytes(noise);
    image = new TestImage().layer(TestImage.Packing.GZIP, tar -> tar.file("big", java.util.HexFormat.of().formatHex(noise)));
    registry.put("app", "1", image);
    blob = image.layers().getFirst().blob();
    registry.trick("/v2/app/blobs/" + Digest.of(blob), exchange -> {
      String range = exchange.getRequestHeaders().getFirst("Range");
      ranges.add(range == null ? "" : range);
      int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-.*", "$1"));
      if (range != null) {
        exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (blob.length - 1) + "/" + blob.length);
      }
      exchange.sendResponseHeaders(range == null ? 200 : 206, blob.length - from);
      exchange.getResponseBody().write(blob, from, blob.length - from);
    });
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  void aPullGoesOnBehindWhatAKilledDaemonHadFetched() throws IOException {
    leave(Arrays.copyOf(blob, 1_000_000));
    pull();
    assertThat(ranges).containsExactly("bytes=1000000-");
    assertThat(left()).isEmpty();
  }

  @Test
  void aBlobThatWasWhollyFetchedIsNotFetchedAgain() throws IOException {
    leave(blob);
    pull();
    assertThat(ranges).isEmpty();
    assertThat(left()).isEmpty();
  }

  @Test
  void bytesThatAPowerCutTookAreFetchedAgain() throws IOException {
    leave(new byte[1_000_000]);
    pull();
    assertThat(ranges).hasSizeBetween(1, 2).endsWith("");
    assertThat(left()).isEmpty();
  }

  @Test
  void aFileThatIsLongerThanTheBlobIsNotRead() throws IOException {
    leave(new byte[blob.length + 1]);
    pull();
    assertThat(ranges).containsExactly("");
  }

  @Test
  void whatCameBeforeTheRegistryFailedIsKeptForTheNextPull() throws IOException {
    String path = "/v2/app/blobs/" + Digest.of(blob);
    registry.trick(path, exchange -> {
      if (exchange.getRequestHeaders().getFirst("Range") != null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      exchange.sendResponseHeaders(200, blob.length);
      exchange.getResponseBody().write(blob, 0, 1_200_000);
      exchange.getResponseBody().flush();
      throw new IOException("cut");
    });
    assertThatThrownBy(this::pull).isInstanceOf(CriException.class);
    assertThat(left()).singleElement().satisfies(file -> assertThat(Files.size(file)).isBetween(1_000_000L, 1_200_000L));
    registry.close();
    serve();
    ranges.clear();
    pull();
    assertThat(ranges).singleElement().satisfies(range -> assertThat(range).matches("bytes=1[0-2]\\d{5}-"));
    assertThat(left()).isEmpty();
  }

  @Test
  void layersThatWereCompleteAreNotFetchedAgain() throws IOException {
    TestImage two = new TestImage().layer(tar -> tar.folder("etc", 0755)).layer(TestImage.Packing.GZIP, tar -> tar.folder("opt", 0755).file("opt/x", "x"));
    registry.put("two", "1", two);
    byte[] first = two.layers().getFirst().blob();
    String second = "/v2/two/blobs/" + Digest.of(two.layers().getLast().blob());
    registry.trick(second, exchange -> {
      awaitALayer();
      exchange.sendResponseHeaders(404, -1);
    });
    ImageStore store = ImageStore.open(folder.resolve("images"), ImageSettings.defaults());
    PullImageRequest request = PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(registry.host() + "/two:1")).build();
    assertThatThrownBy(() -> store.pullImage().run(request)).isInstanceOf(CriException.class);

    registry.trick(second, registry::serveNormally);
    int asked = registry.seen().size();
    ImageStore.open(folder.resolve("images"), ImageSettings.defaults()).pullImage().run(request);
    assertThat(registry.seen().subList(asked, registry.seen().size())).noneMatch(seen -> seen.path().contains(Digest.of(first).hex()));
  }

  private void awaitALayer() throws IOException {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (System.nanoTime() < deadline) {
      try (Stream<Path> records = Files.list(folder.resolve("images/layers"))) {
        if (records.anyMatch(file -> file.toString().endsWith(".json"))) {
          return;
        }
      }
      java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
    }
  }

  private void leave(byte[] bytes) throws IOException {
    Path partial = folder.resolve("images/partial");
    Files.createDirectories(partial);
    Files.write(partial.resolve(Digest.of(blob).hex()), bytes);
  }

  private void pull() throws IOException {
    ImageStore store = ImageStore.open(folder.resolve("images"), ImageSettings.defaults());
    String name = registry.host() + "/app:1";
    store.pullImage().run(PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(name)).build());
    assertThat(store.pullImage().underway()).isEmpty();
    LocalImage local = store.images().resolve(name).orElseThrow();
    assertThat(Files.size(local.layersBase().resolve(local.lowerNames().getFirst()).resolve("big"))).isEqualTo(BYTES);
    assertThat(store.imageFsInfo().run(io.crij.cri.ImageFsInfoRequest.getDefaultInstance()).getImageFilesystems(0).getUsedBytes().getValue())
        .isGreaterThan(BYTES);
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("images/partial"))) {
      return files.toList();
    }
  }
}
