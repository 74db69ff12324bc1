package io.crij.image;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Images that the node's owner wants kept: kubelet's garbage collection passes over them. RemoveImage removes them as any other. A
 * pattern is a name as it is listed, {@code registry.example/app:1}; {@code *} stands for any characters.
 */
final class PinnedImages {
  private final List<Pattern> patterns;

  PinnedImages(List<String> patterns) {
    this.patterns = patterns.stream().map(PinnedImages::compile).toList();
  }

  boolean contains(LocalImage image) {
    return patterns.stream().anyMatch(pattern -> matches(pattern, image.repoTags()) || matches(pattern, image.repoDigests()));
  }

  private static boolean matches(Pattern pattern, List<String> names) {
    return names.stream().anyMatch(name -> pattern.matcher(name).matches());
  }

  private static Pattern compile(String glob) {
    StringBuilder regex = new StringBuilder();
    for (String part : glob.split("\\*", -1)) {
      regex.append(regex.isEmpty() ? "" : ".*").append(Pattern.quote(part));
    }
    return Pattern.compile(regex.toString());
  }
}
