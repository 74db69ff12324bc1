package io.crij.daemon.host;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The least that a node must offer. Found out at start, so that no pod fails later for a reason that was known. */
public final class KernelFloor {
  /** Has all system calls that a launch plan uses; probed nevertheless, for features can be compiled out. */
  static final Version OLDEST = new Version(5, 14);

  private static final Pattern RELEASE = Pattern.compile("^(\\d+)\\.(\\d+)");

  record Version(int major, int minor) {
    boolean before(Version other) {
      return major != other.major ? major < other.major : minor < other.minor;
    }
  }

  private KernelFloor() {}

  /** What is missing, in words for a person; empty on a node that is fit. */
  public static List<String> missing(KernelFacts kernel) throws IOException {
    List<String> missing = new ArrayList<>();
    String release = kernel.release();
    Matcher matcher = RELEASE.matcher(release);
    if (matcher.find()
        && new Version(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))).before(OLDEST)) {
      missing.add("Linux " + OLDEST.major + "." + OLDEST.minor + " or newer (this is " + release + ")");
    }
    for (KernelFacts.Feature feature : KernelFacts.Feature.values()) {
      if (!kernel.has(feature)) {
        missing.add(feature.words());
      }
    }
    return missing;
  }
}
