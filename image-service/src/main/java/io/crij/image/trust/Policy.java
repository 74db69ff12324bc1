package io.crij.image.trust;

import io.crij.image.content.Reference;
import java.util.List;
import java.util.Map;

/**
 * Which images are taken.
 *
 * @param scopes of the transport {@code docker}: requirements by scope, the empty one for all others of it
 */
record Policy(List<Requirement> byDefault, Map<String, List<Requirement>> scopes) {
  /** The requirements of the scope that says most about the image: its full name, then what is in front of each separator. */
  List<Requirement> requirements(Reference image) {
    List<Requirement> found = scopes.get(image.toString());
    String scope = image.name();
    while (found == null) {
      found = scopes.get(scope);
      int slash = scope.lastIndexOf('/');
      if (found != null || slash < 0) {
        break;
      }
      scope = scope.substring(0, slash);
    }
    String host = image.host().replaceFirst(":[0-9]+$", "");
    for (int dot = host.indexOf('.'); found == null && dot >= 0; dot = host.indexOf('.', dot + 1)) {
      found = scopes.get("*" + host.substring(dot));
    }
    return found != null ? found : scopes.getOrDefault("", byDefault);
  }

  /** Whether no image needs anything. */
  boolean takesAll() {
    return java.util.stream.Stream.concat(scopes.values().stream(), java.util.stream.Stream.of(byDefault))
        .flatMap(List::stream)
        .allMatch(Requirement.AcceptAnything.class::isInstance);
  }
}
