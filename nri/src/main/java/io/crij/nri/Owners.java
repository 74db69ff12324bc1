package io.crij.nri;

import io.crij.core.CriException;
import io.crij.nri.api.CompoundFieldOwners;
import io.crij.nri.api.Field;
import io.crij.nri.api.FieldOwners;
import io.crij.nri.api.OwningPlugins;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which plugin asked for what: each field, or each entry of a field with entries, may be asked for by one plugin. One that takes
 * another's away first may set its own; a third may not set what was taken away.
 */
final class Owners {
  /** What may be asked for once; {@code entry} is null for a field without entries. */
  private record Slot(String container, Field field, @Nullable String entry) {}

  private record Owner(String plugin, boolean cleared) {}

  private final Map<Slot, Owner> owners = new HashMap<>();

  void claim(String container, Field field, String plugin) {
    claim(new Slot(container, field, null), plugin);
  }

  void claim(String container, Field field, String entry, String plugin) {
    claim(new Slot(container, field, entry), plugin);
  }

  void clear(String container, Field field, String plugin) {
    owners.put(new Slot(container, field, null), new Owner(plugin, true));
  }

  void clear(String container, Field field, String entry, String plugin) {
    owners.put(new Slot(container, field, entry), new Owner(plugin, true));
  }

  /** For hooks, which plugins add to and never replace. */
  void share(String container, Field field, String plugin) {
    owners.merge(
        new Slot(container, field, null),
        new Owner(plugin, false),
        (old, own) -> new Owner(old.plugin + "," + own.plugin, false));
  }

  private void claim(Slot slot, String plugin) {
    Owner other = owners.get(slot);
    if (other != null && !(other.cleared && other.plugin.equals(plugin))) {
      throw CriException.precondition(
          "NRI plugins " + other.plugin + " and " + plugin + " both set " + name(slot) + " of container " + slot.container
              + "; let only one of them do so.");
    }
    owners.put(slot, new Owner(plugin, false));
  }

  private static String name(Slot slot) {
    String field = slot.field.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    return slot.entry == null ? "the " + field : "'" + Words.printable(slot.entry) + "' among the " + field;
  }

  /** For validators. What was cleared is marked with a minus, as plugins mark it themselves. */
  OwningPlugins toMessage() {
    Map<String, FieldOwners.Builder> containers = new HashMap<>();
    owners.forEach(
        (slot, owner) -> {
          FieldOwners.Builder fields = containers.computeIfAbsent(slot.container, id -> FieldOwners.newBuilder());
          String plugin = owner.cleared ? "-" + owner.plugin : owner.plugin;
          int number = slot.field.getNumber();
          if (slot.entry == null) {
            fields.putSimple(number, plugin);
          } else {
            CompoundFieldOwners entries = fields.getCompoundOrDefault(number, CompoundFieldOwners.getDefaultInstance());
            fields.putCompound(number, entries.toBuilder().putOwners(slot.entry, plugin).build());
          }
        });
    OwningPlugins.Builder all = OwningPlugins.newBuilder();
    containers.forEach((id, fields) -> all.putOwners(id, fields.build()));
    return all.build();
  }
}
