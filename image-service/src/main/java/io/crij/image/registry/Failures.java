package io.crij.image.registry;

import io.crij.image.content.Reference;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What every server said, as one sentence. */
final class Failures {
  private static final int MIRRORS_SHOWN = 3;

  private final Reference reference;
  private final Map<String, String> ofMirrors = new LinkedHashMap<>();
  private @Nullable IOException ofRegistry;
  private @Nullable IOException best;

  Failures(Reference reference) {
    this.reference = reference;
  }

  void add(RegistryEndpoint endpoint, IOException e) {
    if (endpoint.registry()) {
      ofRegistry = ofRegistry == null || rank(e) >= rank(ofRegistry) ? e : ofRegistry;
    } else {
      ofMirrors.put(endpoint.server(), String.valueOf(e.getMessage()));
      best = best == null || rank(e) >= rank(best) ? e : best;
    }
  }

  /** What the registry itself said counts; without it, what tells a user most. */
  IOException all() {
    IOException main = ofRegistry != null ? ofRegistry : best;
    if (main == null) {
      return new RegistryException(RegistryException.Kind.REFUSED, "no server for " + reference.host() + " is configured for this", null);
    }
    List<String> others = ofMirrors.values().stream().filter(text -> !text.equals(main.getMessage())).distinct().limit(MIRRORS_SHOWN).toList();
    if (others.isEmpty() || !(main instanceof RegistryException registry)) {
      return main;
    }
    return new RegistryException(registry.kind(), registry.getMessage() + "; before it, " + String.join("; ", others), registry.retryAfter(), false, registry);
  }

  private static int rank(IOException e) {
    return e instanceof RegistryException registry ? registry.kind().ordinal() : Integer.MAX_VALUE;
  }
}
