package io.crij.daemon.config;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The value of each setting; a later value replaces an earlier one. */
final class SettingValues {
  private final Map<Setting<?>, Object> values = new HashMap<>();

  <T> void put(Setting<T> setting, T value) {
    values.put(setting, value);
  }

  @SuppressWarnings("unchecked") // put pairs each setting with a value of its own type
  <T> @Nullable T find(Setting<T> setting) {
    return (T) values.get(setting);
  }

  /** For settings that have a default. */
  <T> T get(Setting<T> setting) {
    T value = find(setting);
    if (value == null) {
      throw new IllegalStateException("no value for " + setting.key());
    }
    return value;
  }
}
