package io.crij.cgroups;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads what the kernel says of mounted control groups: proc(5) {@code mountinfo} and cgroups(7) {@code /proc/self/cgroup}. */
final class CgroupMounts {
  /** A mounted tree; the controllers of a version 2 tree are in its {@code cgroup.controllers}, not here. */
  record Mounted(String mountPoint, Set<String> controllers, boolean unified) {}

  private CgroupMounts() {}

  /**
   * The trees of control groups, one entry each.
   *
   * @param mountinfo the text of {@code /proc/self/mountinfo}
   * @param ownCgroups the text of {@code /proc/self/cgroup}; it says which words among the mount options are controllers
   */
  static List<Mounted> parse(String mountinfo, String ownCgroups) {
    Set<String> known = controllersOf(ownCgroups);
    Map<String, Mounted> byTree = new LinkedHashMap<>();
    for (String line : mountinfo.lines().toList()) {
      int separator = line.indexOf(" - ");
      if (separator < 0) {
        continue;
      }
      String[] before = line.substring(0, separator).split(" ");
      String[] after = line.substring(separator + 3).split(" ");
      // A bind mount of a part of a tree, as containers get it, is not the tree.
      if (before.length < 6 || after.length < 3 || !before[3].equals("/")) {
        continue;
      }
      String mountPoint = unescape(before[4]);
      switch (after[0]) {
        case "cgroup2" -> keepShortest(byTree, "", new Mounted(mountPoint, Set.of(), true));
        case "cgroup" -> {
          Set<String> controllers = new TreeSet<>(Arrays.asList(after[2].split(",")));
          controllers.retainAll(known);
          if (!controllers.isEmpty()) {
            keepShortest(byTree, controllers.toString(), new Mounted(mountPoint, controllers, false));
          }
        }
        default -> {}
      }
    }
    return List.copyOf(byTree.values());
  }

  private static Set<String> controllersOf(String ownCgroups) {
    Set<String> known = new TreeSet<>();
    for (String line : ownCgroups.lines().toList()) {
      String[] fields = line.split(":", 3);
      if (fields.length == 3 && !fields[1].isEmpty()) {
        known.addAll(Arrays.asList(fields[1].split(",")));
      }
    }
    return known;
  }

  /** The same tree may be mounted again deeper, below some container's root: the shortest path is the node's own. */
  private static void keepShortest(Map<String, Mounted> byTree, String tree, Mounted found) {
    byTree.merge(tree, found, (old, now) -> now.mountPoint().length() < old.mountPoint().length() ? now : old);
  }

  /** Undoes the octal escapes of blank, tab, newline and backslash in mountinfo. */
  private static String unescape(String field) {
    if (field.indexOf('\\') < 0) {
      return field;
    }
    byte[] raw = field.getBytes(StandardCharsets.UTF_8);
    List<Byte> bytes = new ArrayList<>();
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] == '\\' && i + 3 < raw.length) {
        bytes.add((byte) Integer.parseInt(new String(raw, i + 1, 3, StandardCharsets.US_ASCII), 8));
        i += 3;
      } else {
        bytes.add(raw[i]);
      }
    }
    byte[] plain = new byte[bytes.size()];
    for (int i = 0; i < plain.length; i++) {
      plain[i] = bytes.get(i);
    }
    return new String(plain, StandardCharsets.UTF_8);
  }
}
