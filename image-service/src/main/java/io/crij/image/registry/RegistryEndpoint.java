package io.crij.image.registry;

import java.net.URI;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One server that may hold an image: the registry of its name or a mirror of it.
 *
 * @param base URL up to and with {@code /v2}, no slash at the end
 * @param registry true for the registry itself: it alone sees the caller's credentials
 * @param namespace registry host that a mirror is asked to stand in for, else empty
 * @param headers sent with every request to this server
 * @param tls how its certificate is checked, null for the JDK's way
 * @param verifiesHost false if any certificate is taken
 */
public record RegistryEndpoint(
    URI base,
    boolean registry,
    boolean canResolve,
    boolean canPull,
    String namespace,
    Map<String, List<String>> headers,
    @Nullable SSLSocketFactory tls,
    boolean verifiesHost) {

  /** Host and port, for messages. */
  String host() {
    return String.valueOf(base.getAuthority());
  }
}
