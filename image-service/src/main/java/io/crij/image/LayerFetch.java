package io.crij.image;

import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.SyscallException;
import io.crij.helper.syscall.Syscalls;
import io.crij.image.content.Descriptor;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import io.crij.image.registry.RegistryClient;
import io.crij.image.unpack.ChunkPool;
import io.crij.image.unpack.LayerPipeline;
import io.crij.image.unpack.NameMemory;
import io.crij.image.unpack.UnpackedLayer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** Brings one layer from the registry into a scratch folder, from where an earlier pull had come to. */
final class LayerFetch {
  /** Makes an empty folder that goes away with the pull. */
  interface Scratches {
    Path make() throws IOException;
  }

  /** A layer that is written and checked, in its scratch folder. */
  record Fetched(Path scratch, UnpackedLayer unpacked) {}

  private final RegistryClient client;
  private final PartialBlobs partialBlobs;
  private final ChunkPool chunks;
  private final RangeRules ranges;
  private final Semaphore connections;
  private final ImageLimits limits;
  private final NameMemory names;
  private final Scratches scratches;

  LayerFetch(
      RegistryClient client, PartialBlobs partialBlobs, Pull.Traffic traffic, ImageLimits limits, NameMemory names, Scratches scratches) {
    this.client = client;
    this.partialBlobs = partialBlobs;
    this.chunks = traffic.chunks();
    this.ranges = traffic.ranges();
    this.connections = traffic.moreConnections();
    this.limits = limits;
    this.names = names;
    this.scratches = scratches;
  }

  Fetched fetch(LayerContent layer, LayerMeter meter) throws IOException {
    try {
      try (PartialBlob partial = partialBlobs.take(layer.blob())) {
        return receive(layer, partial, meter);
      } catch (TornException e) {
        // What was on disk may be the victim of a power cut, and parts may be of something else: once more, all of it on one connection.
        return receive(layer, PartialBlob.none(), meter);
      }
    } catch (HostileContentException e) {
      throw new HostileContentException("of its layer " + layer.blob().digest() + ": " + e.getMessage());
    }
  }

  private Fetched receive(LayerContent layer, PartialBlob partial, LayerMeter meter) throws IOException {
    meter.restart();
    Path scratch = scratches.make();
    Path seal = LayerStore.sealBeside(scratch);
    LayerPipeline pipeline = new LayerPipeline(layer.blob(), layer.diffId(), limits, chunks, names);
    long size = layer.blob().size();
    BlobFeed.Source source = source(layer.blob());
    RangeFetch more = new RangeFetch(size, partial, source, ranges, connections);
    try (InputStream blob = new BlobFeed(size, partial, source, more);
        Fd folder = Syscalls.openFolder(scratch)) {
      UnpackedLayer unpacked =
          switch (layer) {
            case LayerContent.Tree tree -> pipeline.run(blob, folder, seal, meter::count);
            case LayerContent.SingleFile file -> pipeline.keep(blob, file.path(), folder, seal, meter::count);
          };
      partial.forget();
      return new Fetched(scratch, unpacked);
    } catch (HostileContentException e) {
      partial.forget();
      if (partial.present() > 0 || more.wasUsed()) {
        throw new TornException(e);
      }
      throw e;
    } catch (IOException e) {
      if (e instanceof SyscallException || DiskSpace.isExhausted(e)) {
        partial.forget(); // a full disk, above all: what is kept would keep it full
      }
      throw e;
    }
  }

  private BlobFeed.Source source(Descriptor layer) {
    return new BlobFeed.Source() {
      @Override
      public InputStream from(long offset, long end) throws IOException {
        return client.blob(layer, offset, end);
      }

      @Override
      public Optional<InputStream> part(long offset, long length) throws IOException {
        return client.part(layer, offset, length);
      }
    };
  }

  /** Bytes that an earlier pull had left, or that came in parts, are, or may be, the reason why the layer was refused. */
  private static final class TornException extends IOException {
    private static final long serialVersionUID = 1;

    TornException(HostileContentException cause) {
      super(cause);
    }
  }
}
