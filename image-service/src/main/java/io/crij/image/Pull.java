package io.crij.image;

import io.crij.core.Journal;
import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import io.crij.image.content.Reference;
import io.crij.image.registry.RegistryClient;
import io.crij.image.registry.RegistryException;
import io.crij.image.trust.ImageTrust;
import io.crij.image.unpack.ChunkPool;
import io.crij.image.unpack.NameMemory;
import io.crij.image.unpack.UnpackedLayer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * One pull, from the name to the committed image. The manifest is always asked for, even when every layer is here: that is
 * how the registry gets to say whether these credentials may have the image.
 */
final class Pull {
  /**
   * What pulls of one node share: how many layers move at a time, and who works on which.
   *
   * @param moreConnections how many connections there may be beside the first one of each layer
   */
  record Traffic(
      Lanes lanes, ConcurrentHashMap<Digest, Semaphore> busy, ChunkPool chunks, PullsUnderway underway, RangeRules ranges, Semaphore moreConnections) {
    private static final int MORE_CONNECTIONS = 8;

    static Traffic of(int parallelLayers) {
      return new Traffic(
          new Lanes(parallelLayers), new ConcurrentHashMap<>(), new ChunkPool(), new PullsUnderway(), RangeRules.DEFAULT, new Semaphore(MORE_CONNECTIONS));
    }
  }

  /** A layer in its scratch folder that waits for the layers below it, or one that is sealed. */
  private record Obtained(int index, @Nullable LayerRecord sealed, @Nullable Path scratch, @Nullable UnpackedLayer unpacked) {}

  /** The manifest that a name leads to, with its bytes. */
  private record Found(Manifests.Document document, byte[] bytes) {}

  private final Reference reference;
  private final RegistryClient client;
  private final ImageTrust.Admission admission;
  private final Catalogue catalogue;
  private final ImageLimits limits;
  private final Traffic traffic;
  private final PullMeter meter;
  private final ImageAssembly assembly;
  private final Platform platform = Platform.ofThisNode();
  private final NameMemory names;
  private final Set<Path> scratches = ConcurrentHashMap.newKeySet();
  private final Journal.Parts parts = Journal.parts();

  Pull(Reference reference, RegistryClient client, ImageTrust.Admission admission, Catalogue catalogue, ImageLimits limits, Traffic traffic) {
    this.meter = traffic.underway().begin(reference);
    this.reference = reference;
    this.client = client;
    this.admission = admission;
    this.catalogue = catalogue;
    this.limits = limits;
    this.names = new NameMemory(limits);
    this.assembly = new ImageAssembly(catalogue, limits, this);
    this.traffic = traffic;
  }

  /** Returns the image's id. Whatever goes wrong, nothing of this pull stays behind that another does not hold. */
  String run(PullJobs.Gate gate) throws IOException {
    try {
      RegistryClient.Document top = part("manifest", () -> client.manifest(reference.selector(), Manifests.ACCEPT, limits.manifestBytes()));
      Digest topDigest = Digest.of(top.bytes());
      if (reference.digest() != null && !reference.digest().equals(topDigest)) {
        throw new HostileContentException("its manifest has the digest " + topDigest + " where " + reference.digest() + " was asked for");
      }
      // A policy needs to know the manifest of this platform, which an index only names.
      Optional<String> present = admission.key().isEmpty() ? catalogue.present(reference, topDigest, gate) : Optional.empty();
      if (present.isPresent()) {
        return present.get();
      }
      return switch (descend(top, topDigest)) {
        case Found(Manifests.Manifest manifest, byte[] bytes) -> image(manifest, topDigest, gate);
        case Found(Manifests.Artifact artifact, byte[] bytes) ->
            commit(assembly.artifact(bytes, artifact.type(), tags(), List.of(reference.withDigest(topDigest)), completeOrForget(artifact.files())), gate);
        case Found(Manifests.Index index, byte[] bytes) -> throw new IllegalStateException("an index was not descended");
      };
    } catch (RegistryException | InterruptedIOException e) {
      catalogue.spare(this); // Whoever tries again finds the layers that are complete.
      throw e;
    } finally {
      traffic.underway().end(meter);
      names.close();
      catalogue.discard(List.copyOf(scratches));
      catalogue.drop(this);
      catalogue.collect();
    }
  }

  private String image(Manifests.Manifest manifest, Digest topDigest, PullJobs.Gate gate) throws IOException {
    byte[] config = part("configuration", () -> client.config(manifest.config(), limits.configBytes()));
    check(config, manifest.config(), "configuration");
    ImageDocument document = ImageDocument.parse(config, platform);
    if (document.diffIds().size() != manifest.layers().size()) {
      throw new HostileContentException(
          "its manifest has " + manifest.layers().size() + " layers and its configuration " + document.diffIds().size());
    }
    List<LayerRecord> layers = completeOrForget(ImageAssembly.trees(manifest.layers(), document.diffIds()));
    return commit(assembly.record(config, document.config(), tags(), List.of(reference.withDigest(topDigest)), layers), gate);
  }

  private Found descend(RegistryClient.Document top, Digest topDigest) throws IOException {
    Set<Digest> seen = new HashSet<>(Set.of(topDigest));
    RegistryClient.Document current = top;
    for (int depth = 0; depth <= limits.indexDepth(); depth++) {
      Manifests.Document document = Manifests.parse(current, platform, limits);
      switch (document) {
        case Manifests.Manifest manifest -> {
          admission.admit(client, topDigest, Digest.of(current.bytes()));
          return new Found(document, current.bytes());
        }
        case Manifests.Artifact artifact -> {
          admission.admit(client, topDigest, Digest.of(current.bytes()));
          return new Found(document, current.bytes());
        }
        case Manifests.Index index -> {
          if (index.candidates().isEmpty()) {
            throw new HostileContentException("it is not built for " + platform + ", only for " + index.platforms());
          }
          Descriptor next = index.candidates().getFirst();
          if (!seen.add(next.digest())) {
            throw new HostileContentException("its index refers to itself");
          }
          current = part("manifest of " + platform, () -> client.manifest(next.digest().toString(), Manifests.ACCEPT, limits.manifestBytes()));
          check(current.bytes(), next, "manifest");
        }
      }
    }
    throw new HostileContentException("its index nests deeper than " + limits.indexDepth());
  }

  private static void check(byte[] bytes, Descriptor expected, String what) throws HostileContentException {
    if (bytes.length != expected.size()) {
      throw new HostileContentException("its " + what + " has " + bytes.length + " bytes where " + expected.size() + " were stated");
    }
    Digest actual = Digest.of(bytes);
    if (!actual.equals(expected.digest())) {
      throw new HostileContentException("its " + what + " has the digest " + actual + " where " + expected.digest() + " was stated");
    }
  }

  /** On a full disk nothing is kept for the next pull: it would find the disk as full. */
  private List<LayerRecord> completeOrForget(List<LayerContent> layers) throws IOException {
    try {
      return complete(layers);
    } catch (IOException e) {
      if (DiskSpace.isExhausted(e)) {
        catalogue.partialBlobs().forget(layers.stream().map(LayerContent::blob).toList());
      }
      throw e;
    }
  }

  /** All layers, bottom first, sealed and held. */
  private List<LayerRecord> complete(List<LayerContent> layers) throws IOException {
    List<LayerRecord> sealed = new ArrayList<>();
    if (layers.isEmpty()) {
      sealed.add(assembly.empty(scratch()));
      return sealed;
    }
    meter.layers(layers.stream().map(LayerContent::blob).toList());
    List<Obtained> obtained = obtainAll(layers);
    for (int i = 0; i < obtained.size(); i++) {
      Obtained layer = obtained.get(i);
      LayerRecord done = layer.sealed();
      sealed.add(done != null ? done : finish(layer, layers.get(i), sealed));
    }
    return sealed;
  }

  /** Layers are independent: all are fetched, checked and written side by side. The first failure stops the others. */
  private List<Obtained> obtainAll(List<LayerContent> layers) throws IOException {
    List<Obtained> all = new ArrayList<>(java.util.Collections.nCopies(layers.size(), new Obtained(-1, null, null, null)));
    try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
      ExecutorCompletionService<Obtained> completion = new ExecutorCompletionService<>(workers);
      for (int i = 0; i < layers.size(); i++) {
        int index = i;
        completion.submit(() -> obtain(index, layers.get(index)));
      }
      try {
        for (int i = 0; i < layers.size(); i++) {
          Future<Obtained> next = completion.take();
          Obtained layer = next.get();
          all.set(layer.index(), layer);
        }
      } catch (InterruptedException e) {
        workers.shutdownNow();
        Thread.currentThread().interrupt();
        throw RegistryClient.stopped();
      } catch (ExecutionException e) {
        workers.shutdownNow();
        throw e.getCause() instanceof IOException io ? io : new IOException("a layer failed", e.getCause());
      }
    }
    return all;
  }

  private Obtained obtain(int index, LayerContent layer) throws IOException, InterruptedException {
    Semaphore turn = traffic.busy().computeIfAbsent(layer.diffId(), d -> new Semaphore(1));
    turn.acquire(); // Two pulls that need one layer fetch it once.
    try {
      LayerRecord known = catalogue.hold(this, layer.keys());
      if (known != null) {
        meter.layer(index).step(PullProgress.Step.DONE);
        return new Obtained(index, known, null, null);
      }
      traffic.lanes().enter(reference.host());
      try {
        Obtained obtained = part("layer " + (index + 1), () -> fetch(index, layer));
        meter.layer(index).step(PullProgress.Step.DONE);
        return obtained;
      } finally {
        traffic.lanes().leave(reference.host());
      }
    } finally {
      turn.release();
      // Nobody needs it any more, but for one who waits or is just about to: at worst that one fetches what it could have found.
      traffic.busy().computeIfPresent(layer.diffId(), (id, used) -> used.hasQueuedThreads() ? used : null);
    }
  }

  private Obtained fetch(int index, LayerContent layer) throws IOException {
    LayerFetch.Fetched fetched =
        new LayerFetch(client, catalogue.partialBlobs(), traffic, limits, names, this::scratch).fetch(layer, meter.layer(index));
    UnpackedLayer unpacked = fetched.unpacked();
    if (!unpacked.isIndependent()) {
      return new Obtained(index, null, fetched.scratch(), unpacked);
    }
    return new Obtained(index, assembly.seal(fetched.scratch(), unpacked, layer), null, null);
  }

  private LayerRecord finish(Obtained layer, LayerContent content, List<LayerRecord> below) throws IOException {
    Path scratch = java.util.Objects.requireNonNull(layer.scratch());
    UnpackedLayer unpacked = java.util.Objects.requireNonNull(layer.unpacked());
    return switch (content) {
      case LayerContent.Tree tree -> assembly.stack(scratch, unpacked, tree, below);
      case LayerContent.SingleFile file -> throw new IllegalStateException("a file needs nothing below it");
    };
  }

  private interface Part<T> {
    T get() throws IOException;
  }

  private <T> T part(String name, Part<T> work) throws IOException {
    long began = System.nanoTime();
    boolean failed = true;
    try {
      T result = work.get();
      failed = false;
      return result;
    } finally {
      parts.ended(name, began, failed);
    }
  }

  private List<String> tags() {
    return reference.digest() == null ? List.of(reference.toString()) : List.of();
  }

  private String commit(ImageRecord record, PullJobs.Gate gate) throws IOException {
    return part("commit", () -> catalogue.commit(record, gate).id());
  }

  private Path scratch() throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("the pull was stopped");
    }
    Path folder = catalogue.newScratch();
    scratches.add(folder);
    return folder;
  }
}
