package io.crij.netns;

/** Hears of each run of one plugin; must not wait. */
@FunctionalInterface
public interface PluginTimes {
  /**
   * A plugin ended.
   *
   * @param plugin its type, which is the name of a file in one of the plugin folders
   * @param command of CNI: ADD, DEL, CHECK, GC, STATUS
   */
  void ran(String plugin, String command, long nanos, boolean failed);
}
