package io.crij.nri;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How plugins are found and what is expected of them.
 *
 * @param socket where plugins connect
 * @param pluginFolder programs named {@code NN-NAME}, started with the daemon
 * @param configFolder a plugin's own configuration, {@code NN-NAME.conf} or {@code NAME.conf}
 * @param registration from the connection to the registration, and for each message of the synchronization
 * @param request for the answer to an event
 * @param onFailure what becomes of a request when a plugin fails
 * @param rules exceptions for plugins by name
 */
public record NriSettings(
    Path socket,
    Path pluginFolder,
    Path configFolder,
    Duration registration,
    Duration request,
    OnFailure onFailure,
    List<Rule> rules) {

  /** What becomes of a request when a plugin does not answer in time, breaks the protocol or goes away. */
  public enum OnFailure {
    /** The plugin is dropped and the request goes on without it. */
    IGNORE,
    /** The plugin is dropped and the request fails, as do those for new pods and containers until it is back. */
    FAIL
  }

  /**
   * An exception for one plugin.
   *
   * @param plugin {@code NN-NAME} or {@code NAME}
   * @param request null for the common one
   * @param onFailure null for the common one
   */
  public record Rule(String plugin, @Nullable Duration request, @Nullable OnFailure onFailure) {
    boolean names(PluginName name) {
      return plugin.equals(name.toString()) || plugin.equals(name.base());
    }
  }

  public NriSettings {
    rules = List.copyOf(rules);
  }

  Duration request(PluginName plugin) {
    return rule(plugin).map(Rule::request).orElse(request);
  }

  OnFailure onFailure(PluginName plugin) {
    return rule(plugin).map(Rule::onFailure).orElse(onFailure);
  }

  private Optional<Rule> rule(PluginName plugin) {
    return rules.stream().filter(rule -> rule.names(plugin)).findFirst();
  }
}
