package io.crij.sandbox;

import io.crij.cri.PodSandboxMetadata;

/** What makes a pod unique on the node: kubelet counts {@code attempt} up when it makes the same pod again. */
public record PodName(String namespace, String name, String uid, int attempt) {
  static PodName of(PodSandboxMetadata metadata) {
    return new PodName(metadata.getNamespace(), metadata.getName(), metadata.getUid(), metadata.getAttempt());
  }

  /** As people name it, {@code namespace/name}. */
  public String pod() {
    return namespace + "/" + name;
  }

  /** For messages: {@code namespace/name (uid U, attempt N)}. */
  @Override
  public String toString() {
    return namespace + "/" + name + " (uid " + uid + ", attempt " + Integer.toUnsignedString(attempt) + ")";
  }
}
