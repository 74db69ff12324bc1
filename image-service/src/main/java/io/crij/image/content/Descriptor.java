package io.crij.image.content;

import java.util.List;

/**
 * Points to content in a registry (OCI image spec, "Content Descriptors").
 *
 * @param urls where else it may be, unchecked; nearly always none
 */
public record Descriptor(String mediaType, Digest digest, long size, List<String> urls) {
  public Descriptor(String mediaType, Digest digest, long size) {
    this(mediaType, digest, size, List.of());
  }
}
