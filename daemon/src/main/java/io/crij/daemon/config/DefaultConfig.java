package io.crij.daemon.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The configuration file that says what a daemon without one does, each key with its meaning. */
public final class DefaultConfig {
  private DefaultConfig() {}

  /** Valid TOML. A key without a default is commented out. */
  public static String toml() {
    StringBuilder text = new StringBuilder("# Drop-ins are read from <this file>.d/*.toml, sorted by name; the last word on a key wins.\n");
    String table = "";
    // A key of no table cannot come after a table.
    List<Setting<?>> inOrder = new ArrayList<>(Setting.ALL);
    inOrder.sort(Comparator.comparing(setting -> setting.key().indexOf('.') >= 0));
    for (Setting<?> setting : inOrder) {
      int dot = setting.key().indexOf('.');
      String own = dot < 0 ? "" : setting.key().substring(0, dot);
      if (!own.equals(table)) {
        text.append("\n[").append(own).append("]");
        table = own;
      }
      text.append("\n# ").append(setting.words()).append('\n');
      String name = setting.key().substring(dot + 1);
      text.append(setting.defaultToml().isEmpty() ? "#" + name + " =" : name + " = " + setting.defaultToml()).append('\n');
    }
    return text.toString();
  }
}
