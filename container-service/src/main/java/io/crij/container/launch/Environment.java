package io.crij.container.launch;

import io.crij.core.Printable;
import io.crij.cri.ContainerConfig;
import io.crij.cri.KeyValue;
import io.crij.image.ImageConfig;
import java.util.LinkedHashMap;
import java.util.Map;

/** The variables of a container: defaults, then the image's, then the request's; of one name the last wins. */
public final class Environment {
  static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private Environment() {}

  /** By name, in the order in which they were first named. */
  public static Map<String, String> of(ContainerConfig config, ImageConfig image, String home, String hostname) {
    Map<String, String> env = new LinkedHashMap<>();
    env.put("PATH", DEFAULT_PATH);
    env.put("HOME", home);
    env.put("HOSTNAME", hostname);
    if (config.getTty()) {
      env.put("TERM", "xterm");
    }
    for (String entry : image.env()) {
      // An entry without a value or a name says nothing that could be set.
      int equals = entry.indexOf('=');
      if (equals > 0) {
        Fields.text("image env", entry);
        env.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    for (KeyValue entry : config.getEnvsList()) {
      String name = entry.getKey();
      if (name.isEmpty() || name.indexOf('=') >= 0) {
        throw Fields.invalid("config.envs", "'" + Printable.of(name) + "' cannot be the name of a variable");
      }
      Fields.text("config.envs", name);
      if (!entry.getValue().isValidUtf8()) {
        // Silently another password would be worse than none.
        throw Fields.invalid("config.envs", "the value of '" + Printable.of(name) + "' is not UTF-8");
      }
      String value = entry.getValue().toStringUtf8();
      Fields.text("config.envs '" + Printable.of(name) + "'", value);
      env.put(name, value);
    }
    return env;
  }
}
