package io.crij.nri;

/** Hears of each answer of a plugin; must not wait. */
@FunctionalInterface
public interface AnswerTimes {
  /**
   * A plugin answered, refused or failed.
   *
   * @param plugin {@code NN-NAME}, as it called itself
   * @param event the name of its method
   */
  void answered(String plugin, String event, long nanos, boolean failed);
}
