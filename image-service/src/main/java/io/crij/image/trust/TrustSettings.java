package io.crij.image.trust;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where policies are. Both may be missing; without any policy, every image is taken. They are read again when they change.
 *
 * @param policy policy.json for all namespaces, or null for none
 * @param policyFolder folder with {@code <namespace>.json}, each of which takes the place of {@code policy} for its namespace; or null
 */
public record TrustSettings(@Nullable Path policy, @Nullable Path policyFolder) {
  public static final TrustSettings NONE = new TrustSettings(null, null);
}
