package io.crij.image;

import java.util.List;
import java.util.Optional;

/**
 * What this node can run, in the words of image indexes.
 *
 * @param variants CPU variants, best first; an image without a variant fits last
 */
record Platform(String architecture, List<String> variants) {

  static Platform ofThisNode() {
    String java = System.getProperty("os.arch");
    return switch (java) {
      case "amd64", "x86_64" -> new Platform("amd64", List.of("v1"));
      case "aarch64" -> new Platform("arm64", List.of("v8"));
      default -> new Platform(java, List.of());
    };
  }

  /** How well an image for that platform fits (0 is best), or nothing if it does not run here. */
  Optional<Integer> rank(String os, String imageArchitecture, String variant) {
    if (!os.equals("linux") || !imageArchitecture.equals(architecture)) {
      return Optional.empty();
    }
    if (variant.isEmpty()) {
      return Optional.of(0);
    }
    int index = variants.indexOf(variant);
    return index < 0 ? Optional.empty() : Optional.of(index + 1);
  }

  @Override
  public String toString() {
    return "linux/" + architecture;
  }
}
