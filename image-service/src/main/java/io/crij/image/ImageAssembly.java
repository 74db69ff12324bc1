package io.crij.image;

import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.Syscalls;
import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;
import io.crij.image.content.FolderMode;
import io.crij.image.content.ImageLimits;
import io.crij.image.unpack.LayerCompletion;
import io.crij.image.unpack.MergedView;
import io.crij.image.unpack.UnpackedLayer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes one image of layers that are unpacked, wherever they came from. */
final class ImageAssembly {
  private final Catalogue catalogue;
  private final ImageLimits limits;
  private final Object holder;

  /** @param holder in whose name the catalogue keeps the layers meanwhile */
  ImageAssembly(Catalogue catalogue, ImageLimits limits, Object holder) {
    this.catalogue = catalogue;
    this.limits = limits;
    this.holder = holder;
  }

  /** The layer of an image without any: overlay needs one lower folder. */
  LayerRecord empty(Path scratch) throws IOException {
    UnpackedLayer nothing = new UnpackedLayer(4096, 1, null, List.of(), Map.of(), false);
    return catalogue.seal(holder, scratch, LayerRecord.chained("empty"), null, nothing, nothing.bytes());
  }

  /** Seals a layer that is the same under any image. */
  LayerRecord seal(Path scratch, UnpackedLayer unpacked, LayerContent content) throws IOException {
    return catalogue.seal(holder, scratch, content.keys()[0], content.diffId(), unpacked, unpacked.bytes());
  }

  /**
   * Finishes a layer with what lies below it, and seals it.
   *
   * @param below bottom first
   */
  LayerRecord stack(Path scratch, UnpackedLayer unpacked, LayerContent.Tree content, List<LayerRecord> below) throws IOException {
    List<Fd> lower = openTopFirst(below);
    try (Fd folder = Syscalls.openFolder(scratch)) {
      UnpackedLayer complete = LayerCompletion.complete(folder, unpacked, new MergedView(lower), LayerStore.sealBeside(scratch));
      return catalogue.seal(holder, scratch, LayerRecord.chained(content.chainId()), content.diffId(), complete, complete.bytes());
    } finally {
      lower.forEach(Fd::close);
    }
  }

  /**
   * What the catalogue is to know of the image.
   *
   * @param document the bytes of its configuration, whose digest is its id
   * @param layers bottom first
   */
  ImageRecord record(byte[] document, ImageConfig config, List<String> tags, List<String> digests, List<LayerRecord> layers) throws IOException {
    FolderMode root = FolderMode.DEFAULT;
    for (LayerRecord layer : layers) {
      root = layer.root() != null ? layer.root() : root;
    }
    byte[] passwd;
    byte[] group;
    List<Fd> opened = openTopFirst(layers);
    try {
      MergedView merged = new MergedView(opened);
      passwd = merged.read("etc/passwd", limits.accountBytes());
      group = merged.read("etc/group", limits.accountBytes());
    } finally {
      opened.forEach(Fd::close);
    }
    // overlay refuses one folder twice; the upper occurrence of a layer covers all that the lower one shows and hides.
    Set<String> folders = new LinkedHashSet<>(layers.reversed().stream().map(LayerRecord::folder).toList());
    return new ImageRecord(Digest.of(document).toString(), tags, digests, List.copyOf(folders), root, config, passwd, group, document, null);
  }

  /**
   * What the catalogue is to know of an artifact.
   *
   * @param document the bytes of its manifest, whose digest is its id: that of its configuration is often the digest of {@code {}}
   */
  ImageRecord artifact(byte[] document, String type, List<String> tags, List<String> digests, List<LayerRecord> layers) {
    Set<String> folders = new LinkedHashSet<>(layers.reversed().stream().map(LayerRecord::folder).toList());
    ImageConfig nothing = new ImageConfig(List.of(), List.of(), List.of(), "", "", "", Set.of(), Map.of());
    return new ImageRecord(
        Digest.of(document).toString(), tags, digests, List.copyOf(folders), FolderMode.DEFAULT, nothing, new byte[0], new byte[0], document, type);
  }

  /** The layers of an image; both lists are bottom first and of one length. */
  static List<LayerContent> trees(List<Descriptor> blobs, List<Digest> diffIds) {
    List<String> chainIds = chainIds(diffIds);
    List<LayerContent> trees = new ArrayList<>();
    for (int i = 0; i < blobs.size(); i++) {
      trees.add(new LayerContent.Tree(blobs.get(i), diffIds.get(i), chainIds.get(i)));
    }
    return trees;
  }

  /** Chain ids as the OCI image spec defines them: each names a layer with all below it. */
  private static List<String> chainIds(List<Digest> diffIds) {
    List<String> chain = new ArrayList<>();
    for (Digest diffId : diffIds) {
      String both = chain.isEmpty() ? "" : chain.getLast() + " " + diffId;
      chain.add(chain.isEmpty() ? diffId.toString() : Digest.of(both.getBytes(StandardCharsets.US_ASCII)).toString());
    }
    return chain;
  }

  private List<Fd> openTopFirst(List<LayerRecord> bottomFirst) throws IOException {
    List<Fd> opened = new ArrayList<>();
    try {
      for (LayerRecord layer : bottomFirst.reversed()) {
        opened.add(Syscalls.openFolder(catalogue.imagesDir().resolve("l").resolve(layer.folder())));
      }
      return opened;
    } catch (IOException e) {
      opened.forEach(Fd::close);
      throw e;
    }
  }
}
