package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.core.Printable;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a pod may name as its runtime handler.
 *
 * @param others the names of handlers besides the built-in launcher, which is {@code crij} and, as the default, nothing
 */
public record PodHandlers(Set<String> others) {
  /** The name of the built-in launcher. */
  public static final String BUILT_IN = "crij";

  /** A node with the built-in launcher alone. */
  public static final PodHandlers DEFAULT = new PodHandlers(Set.of());

  public PodHandlers {
    others = Set.copyOf(others);
  }

  /** @throws CriException INVALID_ARGUMENT for a handler that is not there, or that cannot do what is asked of it */
  void check(String handler, boolean userNamespace) {
    if (handler.isEmpty() || handler.equals(BUILT_IN)) {
      return;
    }
    if (!others.contains(handler)) {
      throw CriException.invalid(
          "runtime_handler: '" + Printable.of(handler) + "' is not configured on this node; the handlers are " + names() + ".");
    }
    if (userNamespace) {
      throw CriException.invalid(
          "runtime_handler: '" + handler + "' starts no pods with a user namespace of their own; use the default handler, or the node's user namespace.");
    }
  }

  private String names() {
    Set<String> named = new TreeSet<>(others);
    named.add(BUILT_IN);
    return named.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", ")) + " and '' for the default";
  }
}
