package io.crij.cgroups.systemd;

import io.crij.core.ObjectId;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of the units that containers have: {@code crij-<64 hex>.scope}, which cAdvisor and its like recognise. */
public final class Scopes {
  private static final Pattern NAME = Pattern.compile("crij-([0-9a-f]{64})\\.scope");

  private static final String INNER = "/container";

  private Scopes() {}

  public static String unit(ObjectId container) {
    return "crij-" + container.hex() + ".scope";
  }

  /** The container whose scope a unit, or the last part of a cgroup path, is. */
  public static Optional<ObjectId> container(String pathOrUnit) {
    Matcher matcher = NAME.matcher(Slices.unit(pathOrUnit));
    return matcher.matches() ? Optional.of(new ObjectId(matcher.group(1))) : Optional.empty();
  }

  /** True if a cgroup path is a container's scope. */
  public static boolean isScope(String path) {
    return container(path).isPresent();
  }

  /** The path of a container's group within its scope, for one whose starter stays in the scope beside it. */
  public static String inner(String scope) {
    return scope + INNER;
  }

  /** The scope that a path is {@link #inner} of. */
  public static Optional<String> around(String path) {
    return Optional.of(path).filter(inner -> inner.endsWith(INNER)).map(inner -> inner.substring(0, inner.length() - INNER.length())).filter(Scopes::isScope);
  }
}
