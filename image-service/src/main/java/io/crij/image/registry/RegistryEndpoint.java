package io.crij.image.registry;

import io.crij.image.http.TlsSettings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One place that may hold an image: the registry of its name or a mirror of it.
 *
 * @param base URL up to and with {@code /v2}, no slash at the end
 * @param repository the image's repository there
 * @param registry true for the registry itself: it alone sees the caller's credentials
 * @param namespace registry host that a mirror is asked to stand in for, else empty
 * @param headers sent with every request to this server
 * @param tls how its certificate is checked, null for the JDK's way
 * @param dialTimeout how long connecting may take, null for the node's own
 * @param alternative another way to the same place, for a server that does not understand this one; null for none
 * @param own what the node's configuration logs in to this server with
 */
record RegistryEndpoint(
    URI base,
    String repository,
    boolean registry,
    boolean canResolve,
    boolean canPull,
    String namespace,
    Map<String, List<String>> headers,
    @Nullable TlsSettings tls,
    @Nullable Duration dialTimeout,
    Credentials own,
    @Nullable RegistryEndpoint alternative) {

  /** Host and port, for messages. */
  String host() {
    return String.valueOf(base.getRawAuthority());
  }

  /** Scheme, host and port: what credentials, tokens and health are bound to. */
  String server() {
    return base.getScheme() + "://" + base.getHost() + ":" + ServerUrl.port(base);
  }

  /** What the caller gave counts at the registry of the image's name only; everywhere else, and without it, what the node has. */
  Credentials login(Credentials ofCaller) {
    return registry && !ofCaller.isNone() ? ofCaller : own;
  }
}
