package io.crij.helper;

import io.crij.helper.plan.Namespace;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The namespaces of a pod.
 *
 * @param own the namespaces that are the pod's; it uses the host's otherwise
 * @param netnsPin where the network namespace is bind-mounted; exactly when NET is its own
 * @param hostname exactly when UTS is its own
 * @param sysctls of the pod's namespaces, keys with dots or slashes
 * @param shmBytes the size of /dev/shm
 * @param user the user namespace that owns the others, null for the host's
 */
public record PodSetup(
    Set<Namespace> own,
    @Nullable Path netnsPin,
    @Nullable String hostname,
    Map<String, String> sysctls,
    long shmBytes,
    @Nullable UserMapping user) {
  public PodSetup(
      Set<Namespace> own, @Nullable Path netnsPin, @Nullable String hostname, Map<String, String> sysctls, long shmBytes) {
    this(own, netnsPin, hostname, sysctls, shmBytes, null);
  }

  public PodSetup {
    own = Set.copyOf(own);
    sysctls = Map.copyOf(sysctls);
    if (own.contains(Namespace.NET) != (netnsPin != null)) {
      throw new IllegalArgumentException("a netns pin goes with a network namespace of its own, and only with that");
    }
    if (!own.contains(Namespace.UTS) && hostname != null) {
      throw new IllegalArgumentException("a hostname needs a UTS namespace of its own");
    }
  }
}
