package io.crij.image.registry;

import io.crij.image.http.ProxyRules;
import io.crij.image.http.PullTimeouts;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How this node reaches registries. All files are read again when they change.
 *
 * @param hostsFolder folder with {@code <host[:port]>/hosts.toml} files in containerd's format, or null for none
 * @param registriesConf containers-registries.conf(5); its drop-ins are in the folder of the same name with {@code .d}; or null for none
 * @param authFile credentials of the node itself, in the form of Docker's config.json, for pulls that bring none; or null for none
 */
public record RegistrySettings(
    @Nullable Path hostsFolder, @Nullable Path registriesConf, @Nullable Path authFile, ProxyRules proxies, PullTimeouts timeouts) {
  public static RegistrySettings defaults() {
    return new RegistrySettings(null, null, null, ProxyRules.NONE, PullTimeouts.DEFAULT);
  }

  public RegistrySettings withHostsFolder(@Nullable Path folder) {
    return new RegistrySettings(folder, registriesConf, authFile, proxies, timeouts);
  }

  public RegistrySettings withRegistriesConf(@Nullable Path file) {
    return new RegistrySettings(hostsFolder, file, authFile, proxies, timeouts);
  }

  public RegistrySettings withAuthFile(@Nullable Path file) {
    return new RegistrySettings(hostsFolder, registriesConf, file, proxies, timeouts);
  }

  public RegistrySettings withProxies(ProxyRules rules) {
    return new RegistrySettings(hostsFolder, registriesConf, authFile, rules, timeouts);
  }

  public RegistrySettings withTimeouts(PullTimeouts changed) {
    return new RegistrySettings(hostsFolder, registriesConf, authFile, proxies, changed);
  }
}
