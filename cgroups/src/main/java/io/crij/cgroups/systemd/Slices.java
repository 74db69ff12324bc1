package io.crij.cgroups.systemd;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.core.Printable;

/** Names of units and the cgroup paths that systemd gives them (systemd.slice(5), systemd.unit(5)). */
public final class Slices {
  private static final String ENDING = ".slice";
  private static final int MAX_UNIT_NAME = 255;

  private Slices() {}

  /** True if the last part of a cgroup path or a name is a slice's. */
  public static boolean isSlice(String path) {
    return path.endsWith(ENDING) && path.length() > ENDING.length();
  }

  /** The unit that a path ends with. */
  public static String unit(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /**
   * The cgroup path of a slice: {@code a-b.slice} is {@code /a.slice/a-b.slice}.
   *
   * @throws CriException INVALID_ARGUMENT if systemd would take no slice of this name
   */
  public static String path(String slice) {
    String stem = isSlice(slice) ? slice.substring(0, slice.length() - ENDING.length()) : "";
    if (stem.isEmpty() || slice.length() > MAX_UNIT_NAME || stem.startsWith("-") || stem.endsWith("-") || stem.contains("--")
        || !stem.chars().allMatch(Slices::isUnitCharacter)) {
      throw CriException.invalid(
          "'" + Printable.of(slice) + "' is not the name of a systemd slice: letters, digits and :-_.\\ are expected before '.slice', with single dashes between parts.");
    }
    StringBuilder path = new StringBuilder();
    for (int dash = stem.indexOf('-'); dash >= 0; dash = stem.indexOf('-', dash + 1)) {
      path.append('/').append(stem, 0, dash).append(ENDING);
    }
    return path.append('/').append(slice).toString();
  }

  /** The slice of a pod that names none, below {@code <root>.slice}. */
  public static String ofPod(String root, ObjectId pod) {
    return root + "-pod" + pod.hex() + ENDING;
  }

  private static boolean isUnitCharacter(int c) {
    return c < 128 && (Character.isLetterOrDigit(c) || ":-_.\\".indexOf(c) >= 0);
  }
}
