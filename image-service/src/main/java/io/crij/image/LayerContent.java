package io.crij.image;

import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;

/** What a blob becomes on this node. Either way it is one folder that overlay stacks. */
sealed interface LayerContent {
  /** The blob. */
  Descriptor blob();

  /** Digest of what folder and seal are together. */
  Digest diffId();

  /** Under which the catalogue may have it already, best first. */
  String[] keys();

  /** An archive to unpack. */
  record Tree(Descriptor blob, Digest diffId, String chainId) implements LayerContent {
    @Override
    public String[] keys() {
      return new String[] {LayerRecord.independent(diffId), LayerRecord.chained(chainId)};
    }
  }

  /** A file of an artifact, as it is. */
  record SingleFile(Descriptor blob, String path) implements LayerContent {
    @Override
    public Digest diffId() {
      return blob.digest();
    }

    @Override
    public String[] keys() {
      return new String[] {LayerRecord.file(blob.digest(), path)};
    }
  }
}
