package io.crij.nri;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Entries of a list that a plugin sets or takes away, each known by a key. A key that begins with a minus takes away.
 *
 * @param <T> what the list is made of
 */
final class Entries<T> {
  private static final char MARK = '-';

  /** Told of each entry before it counts. */
  interface Claims {
    void set(String key);

    void removed(String key);
  }

  /** A map, taken apart. */
  record Maps(Map<String, String> set, Set<String> removed) {}

  private final List<T> set = new ArrayList<>();
  private final Set<String> keys = new HashSet<>();
  private final Map<String, T> marks = new HashMap<>();
  private final Function<T, String> key;

  Entries(List<T> asked, Function<T, String> key) {
    this.key = key;
    for (T entry : asked) {
      String name = key.apply(entry);
      if (isMarked(name)) {
        marks.put(unmarked(name), entry);
      } else {
        set.add(entry);
        keys.add(name);
      }
    }
  }

  /** What was collected before, with these entries: what is taken away stays in it with its mark, since the container may have it. */
  List<T> merge(List<T> collected, Claims claims) {
    List<T> next = new ArrayList<>();
    for (T entry : collected) {
      if (!marks.containsKey(unmarked(key.apply(entry)))) {
        next.add(entry);
      }
    }
    marks.forEach(
        (name, mark) -> {
          claims.removed(name);
          next.add(mark);
        });
    for (T entry : set) {
      claims.set(key.apply(entry));
      next.add(entry);
    }
    return next;
  }

  /** The list as it is once these entries are applied. */
  List<T> view(List<T> before) {
    List<T> next = new ArrayList<>();
    for (T entry : before) {
      String name = key.apply(entry);
      if (!marks.containsKey(name) && !keys.contains(name)) {
        next.add(entry);
      }
    }
    next.addAll(set);
    return next;
  }

  static Maps split(Map<String, String> asked) {
    Map<String, String> set = new HashMap<>();
    Set<String> removed = new HashSet<>();
    asked.forEach(
        (name, value) -> {
          if (isMarked(name)) {
            removed.add(unmarked(name));
          } else {
            set.put(name, value);
          }
        });
    return new Maps(set, removed);
  }

  static boolean isMarked(String name) {
    return !name.isEmpty() && name.charAt(0) == MARK;
  }

  static String unmarked(String name) {
    return isMarked(name) ? name.substring(1) : name;
  }

  static String marked(String name) {
    return MARK + name;
  }
}
