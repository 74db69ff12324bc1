package io.crij.cgroups;

/** The one place where CPU shares (version 1, 2 to 262144) become a CPU weight (version 2, 1 to 10000) and back. */
public final class CpuWeight {
  private static final long MIN_SHARES = 2;
  private static final long MAX_SHARES = 262_144;
  private static final long MAX_WEIGHT = 10_000;

  private CpuWeight() {}

  /**
   * The weight for shares: a curve that is quadratic in the logarithm, through 2 → 1, 1024 → 100 and 262144 → 10000.
   * kubelet sets the weight of pods by the same curve, and a container must compare with its pod.
   */
  public static long ofShares(long shares) {
    if (shares <= MIN_SHARES) {
      return 1;
    }
    if (shares >= MAX_SHARES) {
      return MAX_WEIGHT;
    }
    double log = Math.log(shares) / Math.log(2);
    double exponent = (log * log + 125 * log) / 612.0 - 7.0 / 34.0;
    // The rounding error of the logarithm must not lift an exact result to the next whole number.
    return (long) Math.ceil(Math.pow(10, exponent) - 1e-9);
  }

  /** The smallest shares that give {@code weight}, or the nearest above it where no shares give it exactly. */
  public static long toShares(long weight) {
    long low = MIN_SHARES;
    long high = MAX_SHARES;
    while (low < high) {
      long middle = (low + high) / 2;
      if (ofShares(middle) >= weight) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
