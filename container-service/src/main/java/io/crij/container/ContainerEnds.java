package io.crij.container;

/** Hears of each container that ended, once; must not wait. */
@FunctionalInterface
public interface ContainerEnds {
  /**
   * A container ended.
   *
   * @param exitCode as in its status
   * @param reason as in its status: Completed, Error, OOMKilled, StartError, Unknown
   */
  void ended(int exitCode, String reason);
}
