package io.crij.image;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Json;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.Syscalls;
import io.crij.image.archive.ArchiveWriter;
import io.crij.image.content.Digest;
import io.crij.image.content.Reference;
import io.crij.image.unpack.SealedArchive;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Writes images of this node as one archive. Layers are written as they were before they were packed: their digests are then known from
 * the image and their sizes from their seals, so that nothing is packed, held or written twice, and two saves of one image are equal.
 */
public final class SaveImages {
  /** What the archive is. */
  public enum Format {
    /** An OCI image layout. */
    OCI,
    /** As {@code docker save} wrote it before Docker knew OCI. */
    DOCKER
  }

  private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";

  private record Layer(LayerRecord record, Digest diffId, long size) {}

  private record Prepared(byte[] config, Set<String> names, List<Layer> layers) {
    Digest configDigest() {
      return Digest.of(config);
    }
  }

  /** Each holds its configurations in memory and its layers on the node for as long as its client reads. */
  static final int AT_ONCE = 4;

  private final Semaphore saves = new Semaphore(AT_ONCE);
  private final Catalogue catalogue;
  private final NodeImages images;

  SaveImages(Catalogue catalogue, NodeImages images) {
    this.catalogue = catalogue;
    this.images = images;
  }

  /**
   * Writes an archive. A failure may come in the middle of it.
   *
   * @param references names or ids; an image that is named by a tag has this tag in the archive, any other has no name
   * @param out is flushed, not closed
   * @throws CriException before anything is written: RESOURCE_EXHAUSTED if too many archives are being written, NOT_FOUND for an image that is not here, FAILED_PRECONDITION for one that cannot be
   *     made again from what is here. While writing: DATA_LOSS if a layer is damaged
   */
  public void run(List<String> references, Format format, OutputStream out) throws IOException {
    if (references.isEmpty()) {
      throw CriException.invalid("Nothing can be saved: no image was named.");
    }
    if (!saves.tryAcquire()) {
      throw new CriException(
          ErrorCode.RESOURCE_EXHAUSTED, "The images cannot be saved: " + AT_ONCE + " archives are being written. Try again when one of them is done.");
    }
    try {
      save(references, format, out);
    } finally {
      saves.release();
    }
  }

  private void save(List<String> references, Format format, OutputStream out) throws IOException {
    Object holder = new Object();
    try {
      List<Prepared> all = prepare(holder, references);
      ArchiveWriter archive = new ArchiveWriter(out);
      switch (format) {
        case OCI -> writeLayout(archive, all);
        case DOCKER -> writeDocker(archive, all);
      }
      archive.finish();
    } catch (SealedArchive.DamagedException | ArchiveWriter.ChangedContentException e) {
      throw new CriException(
          ErrorCode.DATA_LOSS,
          "The images cannot be saved: a layer on disk is damaged (" + e.getMessage() + "); what was written is no archive. Repair it with 'crij images verify --repair'.",
          e);
    } finally {
      catalogue.drop(holder);
      catalogue.collect();
    }
  }

  private List<Prepared> prepare(Object holder, List<String> references) throws IOException {
    Map<String, Prepared> all = new LinkedHashMap<>();
    long configBytes = 0;
    for (String reference : references) {
      LocalImage image =
          images.resolve(reference).orElseThrow(() -> CriException.notFound("The image '" + Reference.printable(reference) + "' is not on this node; pull it first."));
      if (!all.containsKey(image.id())) {
        Prepared prepared = prepare(holder, image);
        configBytes += prepared.config().length;
        if (configBytes > Load.CONFIG_BYTES_MAX) {
          throw new CriException(
              ErrorCode.FAILED_PRECONDITION,
              "The images cannot be saved in one archive: their configurations have more than " + Load.CONFIG_BYTES_MAX + " bytes. Save them in several.");
        }
        all.put(image.id(), prepared);
      }
      String tag = Reference.tryParse(images.known(reference)).map(Reference::toString).orElse("");
      if (image.repoTags().contains(tag)) {
        all.get(image.id()).names().add(tag);
      }
    }
    return List.copyOf(all.values());
  }

  private Prepared prepare(Object holder, LocalImage image) throws IOException {
    Map<String, LayerRecord> byDiffId = new LinkedHashMap<>();
    for (LayerRecord layer : catalogue.holdAll(holder, image)) {
      if (layer.diffId() != null) {
        byDiffId.putIfAbsent(layer.diffId(), layer);
      }
    }
    if (image.isArtifact()) {
      throw cannot(image, "it is an artifact of type " + Reference.printable(image.artifactType()) + "; copy it from its registry");
    }
    byte[] config = configuration(image);
    if (config == null) {
      throw cannot(image, "it was pulled by an older release, which did not keep its configuration; pull it again, then save it");
    }
    List<Layer> layers = new ArrayList<>();
    for (Digest diffId : ImageDocument.parse(config, Platform.ofThisNode()).diffIds()) {
      LayerRecord layer = byDiffId.get(diffId.toString());
      if (layer == null || !layer.sealed()) {
        throw cannot(
            image,
            "its layer " + diffId + (layer == null ? " was pulled by an older release; remove the image, pull it again, then save it" : " has a file twice in its archive, which cannot be made again from the files; copy the image from its registry"));
      }
      layers.add(new Layer(layer, diffId, SealedArchive.size(catalogue.sealOf(layer))));
    }
    return new Prepared(config, new TreeSet<>(), List.copyOf(layers));
  }

  private byte @Nullable [] configuration(LocalImage image) throws IOException {
    try {
      return catalogue.record(image).document();
    } catch (NoSuchFileException e) { // its layers are held, its record is not
      throw new CriException(ErrorCode.NOT_FOUND, "The image '" + image.id() + "' was removed meanwhile; pull it again.", e);
    }
  }

  private static CriException cannot(LocalImage image, String why) {
    String name = image.repoTags().isEmpty() ? image.id() : image.repoTags().getFirst();
    return new CriException(ErrorCode.FAILED_PRECONDITION, "The image '" + name + "' cannot be saved: " + why + ".");
  }

  /** The small files are first: whoever reads the archive as a stream knows what comes. */
  private void writeLayout(ArchiveWriter archive, List<Prepared> all) throws IOException {
    Map<Digest, byte[]> manifests = new LinkedHashMap<>();
    ObjectNode index = Json.OWN.createObjectNode().put("schemaVersion", 2).put("mediaType", Manifests.OCI_INDEX);
    ArrayNode entries = index.putArray("manifests");
    for (Prepared image : all) {
      byte[] manifest = manifest(image);
      manifests.put(Digest.of(manifest), manifest);
      for (String name : image.names().isEmpty() ? List.of("") : image.names()) {
        ObjectNode entry = describe(entries.addObject(), Manifests.OCI_MANIFEST, Digest.of(manifest), manifest.length);
        if (!name.isEmpty()) {
          entry.putObject("annotations").put("io.containerd.image.name", name).put("org.opencontainers.image.ref.name", name);
        }
      }
    }
    archive.file("oci-layout", text("{\"imageLayoutVersion\":\"1.0.0\"}"));
    archive.file("index.json", text(index.toString()));
    archive.folder("blobs/");
    archive.folder("blobs/sha256/");
    for (Map.Entry<Digest, byte[]> manifest : manifests.entrySet()) {
      archive.file(blob(manifest.getKey()), manifest.getValue());
    }
    for (Prepared image : all) {
      archive.file(blob(image.configDigest()), image.config());
    }
    for (Layer layer : layersOf(all)) {
      copy(archive, blob(layer.diffId()), layer);
    }
  }

  private void writeDocker(ArchiveWriter archive, List<Prepared> all) throws IOException {
    ArrayNode list = Json.OWN.createArrayNode();
    for (Prepared image : all) {
      ObjectNode entry = list.addObject().put("Config", image.configDigest().hex() + ".json");
      ArrayNode tags = entry.putArray("RepoTags");
      image.names().forEach(tags::add);
      ArrayNode layers = entry.putArray("Layers");
      image.layers().forEach(layer -> layers.add(layer.diffId().hex() + ".tar"));
    }
    archive.file("manifest.json", text(list.toString()));
    for (Prepared image : all) {
      archive.file(image.configDigest().hex() + ".json", image.config());
    }
    for (Layer layer : layersOf(all)) {
      copy(archive, layer.diffId().hex() + ".tar", layer);
    }
  }

  private void copy(ArchiveWriter archive, String name, Layer layer) throws IOException {
    try (Fd tree = Syscalls.openFolder(catalogue.treeOf(layer.record()));
        SealedArchive content = new SealedArchive(catalogue.sealOf(layer.record()), tree)) {
      archive.file(name, layer.size(), layer.diffId(), content);
    }
  }

  private static byte[] manifest(Prepared image) {
    ObjectNode manifest = Json.OWN.createObjectNode().put("schemaVersion", 2).put("mediaType", Manifests.OCI_MANIFEST);
    describe(manifest.putObject("config"), CONFIG, image.configDigest(), image.config().length);
    ArrayNode layers = manifest.putArray("layers");
    image.layers().forEach(layer -> describe(layers.addObject(), LAYER, layer.diffId(), layer.size()));
    return text(manifest.toString());
  }

  private static ObjectNode describe(ObjectNode into, String type, Digest digest, long size) {
    return into.put("mediaType", type).put("digest", digest.toString()).put("size", size);
  }

  /** Each once, though several images may have it. */
  private static Iterable<Layer> layersOf(List<Prepared> all) {
    Map<Digest, Layer> layers = new LinkedHashMap<>();
    all.forEach(image -> image.layers().forEach(layer -> layers.putIfAbsent(layer.diffId(), layer)));
    return layers.values();
  }

  private static String blob(Digest digest) {
    return "blobs/sha256/" + digest.hex();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
