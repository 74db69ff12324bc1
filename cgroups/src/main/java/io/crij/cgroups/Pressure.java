package io.crij.cgroups;

import org.jspecify.annotations.Nullable;

/**
 * How much work waited for a resource (kernel documentation, accounting/psi.rst).
 *
 * @param some time in which at least one task waited
 * @param full time in which all tasks waited; null for CPU on kernels before 5.13
 */
public record Pressure(Share some, @Nullable Share full) {
  /** What can run short. */
  public enum Resource {
    CPU("cpu.pressure"),
    MEMORY("memory.pressure"),
    IO("io.pressure");

    private final String file;

    Resource(String file) {
      this.file = file;
    }

    String file() {
      return file;
    }
  }

  /**
   * @param avg10 percent of the last 10 seconds
   * @param avg60 percent of the last minute
   * @param avg300 percent of the last 5 minutes
   * @param totalNanos since the group was made; the kernel counts microseconds
   */
  public record Share(double avg10, double avg60, double avg300, long totalNanos) {}
}
