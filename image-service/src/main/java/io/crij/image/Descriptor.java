package io.crij.image;

/** Points to content in a registry (OCI image spec, "Content Descriptors"). */
record Descriptor(String mediaType, Digest digest, long size) {}
