package io.crij.container.oci;

import org.jspecify.annotations.Nullable;

/**
 * An entry of {@code linux.namespaces}.
 *
 * @param type as the specification names it: {@code pid}, {@code network}, {@code mount}, {@code ipc}, {@code uts}, {@code user},
 *     {@code cgroup}
 * @param path of the namespace that is joined; null for a new one
 */
public record OciNamespace(String type, @Nullable String path) {
  /** One that is made for the container. */
  public static OciNamespace own(String type) {
    return new OciNamespace(type, null);
  }
}
