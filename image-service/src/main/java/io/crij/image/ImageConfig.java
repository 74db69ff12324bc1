package io.crij.image;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an image says about the process to run in it; all of it is the image author's word. Text fields are empty when the
 * image is silent.
 *
 * @param env {@code NAME=value}, in the image's order
 * @param user as written by the image: {@code uid}, {@code name}, {@code uid:gid}, {@code name:group}
 * @param stopSignal name or number
 */
public record ImageConfig(
    List<String> entrypoint,
    List<String> cmd,
    List<String> env,
    String user,
    String workingDir,
    String stopSignal,
    Set<String> volumes,
    Map<String, String> labels) {
  /** How many characters it has in all its texts. */
  long characters() {
    long sum = 0;
    for (Collection<String> texts : List.of(entrypoint, cmd, env, volumes, labels.keySet(), labels.values(), List.of(user, workingDir, stopSignal))) {
      for (String text : texts) {
        sum += text.length();
      }
    }
    return sum;
  }
}
