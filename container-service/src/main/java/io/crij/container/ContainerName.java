package io.crij.container;

import io.crij.core.ObjectId;
import io.crij.core.Printable;
import io.crij.cri.ContainerMetadata;

/** What only one container of a pod may have. */
record ContainerName(ObjectId sandbox, String name, int attempt) {
  static ContainerName of(ObjectId sandbox, ContainerMetadata metadata) {
    return new ContainerName(sandbox, metadata.getName(), metadata.getAttempt());
  }

  /** For messages. */
  @Override
  public String toString() {
    return "container '" + Printable.of(name) + "' attempt " + Integer.toUnsignedLong(attempt) + " of sandbox " + sandbox.shortHex();
  }
}
