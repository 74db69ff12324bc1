package io.crij.image.content;

/** Points to content in a registry (OCI image spec, "Content Descriptors"). */
public record Descriptor(String mediaType, Digest digest, long size) {}
