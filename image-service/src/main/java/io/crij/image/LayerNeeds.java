package io.crij.image;

import io.crij.core.ObjectId;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who needs which layers, beside the images that consist of them: containers, for as long as they exist, holders such as a
 * running pull, and pulls that may come again. Layers go by the names of their folders. Guarded by the lock of the {@link Catalogue}.
 */
final class LayerNeeds {
  private final Map<ObjectId, Set<String>> uses = new HashMap<>();
  private final Map<Object, Set<String>> holds = new HashMap<>();
  private final Map<String, Instant> spared = new HashMap<>();

  /** The container uses these layers beside those that it used before. */
  void use(ObjectId user, Collection<String> layers) {
    uses.computeIfAbsent(user, fresh -> new HashSet<>()).addAll(layers);
  }

  /** The container uses these layers and no others. */
  void useOnly(ObjectId user, Collection<String> layers) {
    uses.put(user, new HashSet<>(layers));
  }

  /** Whether the container used any. */
  boolean release(ObjectId user) {
    return uses.remove(user) != null;
  }

  void hold(Object holder, Collection<String> layers) {
    holds.computeIfAbsent(holder, fresh -> new HashSet<>()).addAll(layers);
  }

  Set<String> heldBy(Object holder) {
    return Set.copyOf(holds.getOrDefault(holder, Set.of()));
  }

  void drop(Object holder) {
    holds.remove(holder);
  }

  /** A pull that was cut short may come again: its layers are kept until then. */
  void spare(Collection<String> layers, Instant until) {
    layers.forEach(layer -> spared.put(layer, until));
  }

  /** An image has these layers now, or had them and was removed: they are not spared for its sake. */
  void settle(Collection<String> layers) {
    spared.keySet().removeAll(Set.copyOf(layers));
  }

  /** Forgets which layers were spared until now. */
  void expire(Instant now) {
    spared.values().removeIf(until -> !until.isAfter(now));
  }

  Set<String> all() {
    Set<String> needed = new HashSet<>(spared.keySet());
    uses.values().forEach(needed::addAll);
    holds.values().forEach(needed::addAll);
    return needed;
  }
}
