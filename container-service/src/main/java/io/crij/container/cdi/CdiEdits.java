package io.crij.container.cdi;

import io.crij.container.hooks.Hooks;
import io.crij.cri.Mount;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a device needs in its container.
 *
 * @param env variables as {@code NAME=value}
 * @param nodes device nodes
 * @param mounts binds, in the words of the CRI
 * @param groups gids that the program gets besides its own
 * @param hooks programs that are run around its launch
 */
public record CdiEdits(List<String> env, List<Node> nodes, List<Mount> mounts, Set<Long> groups, Hooks hooks) {
  /** No device, no edits. */
  public static final CdiEdits NONE = new CdiEdits(List.of(), List.of(), List.of(), Set.of(), Hooks.NONE);

  /**
   * A device node.
   *
   * @param path where it stands in the container, absolute
   * @param hostPath where it stands on the host, absolute
   * @param type {@code b}, {@code c} or {@code u}; empty: as on the host
   * @param major the number if the type is given, then the host is not asked
   * @param mode permission bits; null: as on the host
   * @param uid in the container; null: the program's
   * @param gid in the container; null: the program's
   * @param permissions for the cgroup, out of r, w and m; empty for all
   */
  public record Node(
      String path,
      String hostPath,
      String type,
      long major,
      long minor,
      @Nullable Integer mode,
      @Nullable Long uid,
      @Nullable Long gid,
      String permissions) {}

  public CdiEdits {
    env = List.copyOf(env);
    nodes = List.copyOf(nodes);
    mounts = List.copyOf(mounts);
    groups = Set.copyOf(groups);
  }

  CdiEdits plus(CdiEdits more) {
    Set<Long> both = new LinkedHashSet<>(groups);
    both.addAll(more.groups);
    return new CdiEdits(joined(env, more.env), joined(nodes, more.nodes), joined(mounts, more.mounts), both, hooks.plus(more.hooks));
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    List<T> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
