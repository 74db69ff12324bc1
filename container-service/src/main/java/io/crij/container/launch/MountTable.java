package io.crij.container.launch;

import io.crij.helper.plan.PlanOp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Collects what is mounted in a container and puts it in order: parents before what is below them, and for one target only
 * what was added last. Gives out the slots.
 */
final class MountTable {
  private record Entry(String target, int depth, @Nullable PlanOp source, List<PlanOp> operations) {}

  private final List<Entry> entries = new ArrayList<>();
  private int nextSlot;

  MountTable(int firstSlot) {
    nextSlot = firstSlot;
  }

  /** Something that needs no source on the host. */
  void add(String target, List<PlanOp> operations) {
    put(new Entry(target, Fields.depth(target), null, operations));
  }

  /** Something that needs one; both operations get the same slot. */
  void add(String target, IntFunction<? extends PlanOp> source, IntFunction<PlanOp> mount) {
    int slot = nextSlot++;
    put(new Entry(target, Fields.depth(target), source.apply(slot), List.of(mount.apply(slot))));
  }

  /** Removes everything at or below a folder. */
  void drop(String folder) {
    entries.removeIf(entry -> Fields.isAtOrBelow(entry.target, folder));
  }

  boolean has(String target) {
    return entries.stream().anyMatch(entry -> entry.target.equals(target));
  }

  List<PlanOp> sources() {
    List<PlanOp> sources = new ArrayList<>();
    for (Entry entry : ordered()) {
      if (entry.source != null) {
        sources.add(entry.source);
      }
    }
    return sources;
  }

  List<PlanOp> mounts() {
    return ordered().stream().flatMap(entry -> entry.operations.stream()).toList();
  }

  private void put(Entry entry) {
    entries.removeIf(old -> old.target.equals(entry.target));
    entries.add(entry);
  }

  private List<Entry> ordered() {
    return entries.stream().sorted(Comparator.comparingInt(Entry::depth)).toList();
  }
}
