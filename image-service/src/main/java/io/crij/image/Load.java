package io.crij.image;

import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.Syscalls;
import io.crij.image.archive.ArchiveFiles;
import io.crij.image.archive.ArchivedImage;
import io.crij.image.archive.Spool;
import io.crij.image.content.Descriptor;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import io.crij.image.content.Reference;
import io.crij.image.registry.RegistryClient;
import io.crij.image.trust.ImageTrust;
import io.crij.image.unpack.ChunkPool;
import io.crij.image.unpack.LayerPipeline;
import io.crij.image.unpack.NameMemory;
import io.crij.image.unpack.UnpackedLayer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One load, from the files of an archive to committed images. When it is closed, nothing of it stays that no image needs. */
final class Load implements AutoCloseable {
  /** What one archive may make the daemon remember until all of it is checked; one that is saved is kept below it. */
  static final int CONFIG_BYTES_MAX = 32 << 20;

  private static final int LAYERS_MAX = 20_000;

  /** @param digests full names with the digest of what the archive has under the name */
  private record Content(List<String> names, List<String> digests, byte[] config, ImageDocument document, List<Spool.Part> blobs, List<LayerContent> layers) {}

  private final ArchiveFiles files;
  private final Catalogue catalogue;
  private final ImageTrust trust;
  private final ImageLimits limits;
  private final ChunkPool chunks;
  private final ImageAssembly assembly;
  private final NameMemory names;
  private final Platform platform = Platform.ofThisNode();
  private final List<Path> scratches = new ArrayList<>();
  private long configBytes;
  private int layers;

  Load(ArchiveFiles files, Catalogue catalogue, ImageTrust trust, ImageLimits limits, ChunkPool chunks) {
    this.files = files;
    this.catalogue = catalogue;
    this.trust = trust;
    this.limits = limits;
    this.chunks = chunks;
    this.assembly = new ImageAssembly(catalogue, limits, this);
    this.names = new NameMemory(limits);
  }

  List<LoadImages.Loaded> run(List<ArchivedImage> images) throws IOException {
    List<Content> contents = contents(images);
    List<ImageRecord> records = new ArrayList<>();
    for (Content content : contents) {
      List<LayerRecord> layers = layers(content);
      records.add(assembly.record(content.config(), content.document().config(), content.names(), content.digests(), layers));
    }
    List<LoadImages.Loaded> loaded = new ArrayList<>();
    for (ImageRecord record : records) {
      loaded.add(new LoadImages.Loaded(catalogue.commit(record, () -> {}).id(), record.repoTags()));
    }
    return loaded;
  }

  /** The images for this node, each of which the policy admits. */
  private List<Content> contents(List<ArchivedImage> images) throws IOException {
    List<Content> contents = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (ArchivedImage image : images) {
      try {
        contents.add(
            switch (image) {
              case ArchivedImage.OfLayout layout -> ofLayout(layout);
              case ArchivedImage.OfDocker docker -> ofDocker(docker);
            });
      } catch (OtherPlatformException e) { // for other machines, beside the one for this
        others.add(String.valueOf(e.getMessage()));
      }
    }
    if (contents.isEmpty()) {
      throw new HostileContentException(String.join("; ", others.subList(0, Math.min(others.size(), 3))));
    }
    return contents;
  }

  private Content ofDocker(ArchivedImage.OfDocker image) throws IOException {
    byte[] config = files.bytes(image.config(), limits.configBytes(), "configuration");
    trust.admitArchived(image.names(), image.config().digest().toString());
    // Its manifest is not one that a registry could have, so there is no digest to find it by.
    return content(image.names(), List.of(), config, image.layers());
  }

  private Content ofLayout(ArchivedImage.OfLayout image) throws IOException {
    Manifests.Manifest manifest = manifest(image.top());
    trust.admitArchived(image.names(), image.top().digest().toString());
    byte[] config = files.bytes(blob(manifest.config(), "configuration"), limits.configBytes(), "configuration");
    List<Spool.Part> blobs = new ArrayList<>();
    for (Descriptor descriptor : manifest.layers()) {
      blobs.add(blob(descriptor, "layer"));
    }
    List<String> digests = image.names().stream().map(name -> name.withDigest(image.top().digest())).distinct().toList();
    return content(image.names(), digests, config, blobs);
  }

  private Content content(List<Reference> names, List<String> digests, byte[] config, List<Spool.Part> blobs) throws IOException {
    configBytes += config.length;
    layers += blobs.size();
    if (configBytes > CONFIG_BYTES_MAX || layers > LAYERS_MAX) {
      throw new HostileContentException("its images have configurations of more than " + CONFIG_BYTES_MAX + " bytes, or more than " + LAYERS_MAX + " layers");
    }
    ImageDocument document = ImageDocument.parse(config, platform);
    if (document.diffIds().size() != blobs.size()) {
      throw new HostileContentException(
          "one of its images has " + blobs.size() + " layers and a configuration for " + document.diffIds().size());
    }
    List<Descriptor> descriptors = blobs.stream().map(part -> new Descriptor("", part.digest(), part.size())).toList();
    List<LayerContent> trees = ImageAssembly.trees(descriptors, document.diffIds());
    return new Content(names.stream().map(Reference::toString).sorted().toList(), digests, config, document, blobs, trees);
  }

  private Manifests.Manifest manifest(Descriptor top) throws IOException {
    Descriptor current = top;
    for (int depth = 0; depth <= limits.indexDepth(); depth++) {
      byte[] bytes = files.bytes(blob(current, "manifest"), limits.manifestBytes(), "manifest");
      switch (Manifests.parse(new RegistryClient.Document(bytes, current.mediaType()), platform, limits)) {
        case Manifests.Manifest manifest -> {
          return manifest;
        }
        case Manifests.Artifact artifact ->
            throw new HostileContentException("its image " + top.digest() + " is an artifact of type " + Reference.printable(artifact.type()) + ", which comes from a registry only");
        case Manifests.Index index -> {
          if (index.candidates().isEmpty()) {
            throw new OtherPlatformException("its image " + top.digest() + " is not built for " + platform + ", only for " + index.platforms());
          }
          current = present(index.candidates());
        }
      }
    }
    throw new HostileContentException("its index nests deeper than " + limits.indexDepth());
  }

  /** Of an image for many platforms an archive may hold some alone. */
  private Descriptor present(List<Descriptor> candidates) throws IOException {
    for (Descriptor candidate : candidates) {
      if (files.find(path(candidate)).isPresent()) {
        return candidate;
      }
    }
    return candidates.getFirst();
  }

  private Spool.Part blob(Descriptor descriptor, String what) throws IOException {
    Optional<Spool.Part> part = files.find(path(descriptor));
    if (part.isEmpty()) {
      throw new HostileContentException("its " + what + " " + descriptor.digest() + " is not in it");
    }
    if (part.get().size() != descriptor.size() || !part.get().digest().equals(descriptor.digest())) {
      throw new HostileContentException(
          "its " + what + " has " + part.get().size() + " bytes and the digest " + part.get().digest() + " where " + descriptor.size() + " and " + descriptor.digest() + " were stated");
    }
    return part.get();
  }

  private static String path(Descriptor descriptor) {
    return "blobs/sha256/" + descriptor.digest().hex();
  }

  /** All layers of an image, bottom first, sealed and held. */
  private List<LayerRecord> layers(Content content) throws IOException {
    if (content.layers().isEmpty()) {
      return List.of(assembly.empty(scratch()));
    }
    List<LayerRecord> sealed = new ArrayList<>();
    for (int i = 0; i < content.layers().size(); i++) {
      LayerContent layer = content.layers().get(i);
      LayerRecord known = catalogue.hold(this, layer.keys());
      sealed.add(known != null ? known : unpack(layer, content.blobs().get(i), sealed));
    }
    return sealed;
  }

  private LayerRecord unpack(LayerContent layer, Spool.Part part, List<LayerRecord> below) throws IOException {
    Path scratch = scratch();
    UnpackedLayer unpacked;
    try (InputStream blob = files.open(part);
        Fd folder = Syscalls.openFolder(scratch)) {
      unpacked = new LayerPipeline(layer.blob(), layer.diffId(), limits, chunks, names).run(blob, folder, LayerStore.sealBeside(scratch), count -> {});
    } catch (HostileContentException e) {
      throw new HostileContentException("of its layer " + layer.diffId() + ": " + e.getMessage());
    }
    return !unpacked.isIndependent() && layer instanceof LayerContent.Tree tree
        ? assembly.stack(scratch, unpacked, tree, below)
        : assembly.seal(scratch, unpacked, layer);
  }

  private Path scratch() throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new java.io.InterruptedIOException("the load was stopped");
    }
    Path folder = catalogue.newScratch();
    scratches.add(folder);
    return folder;
  }

  @Override
  public void close() {
    names.close();
    catalogue.discard(scratches);
    catalogue.drop(this);
    catalogue.collect();
  }
}
