package io.crij.image.registry;

import io.crij.core.CriException;
import io.crij.image.content.Reference;
import java.util.List;
import java.util.function.Predicate;

/** The registries as this node reaches them: what pulls share. One per node; thread-safe. */
public final class Registries {
  private final RegistryServers servers;
  private final ServerHealth health = new ServerHealth(System::nanoTime);
  private final RegistryTransport transport;
  private final RegistryLogin login;

  public Registries(RegistrySettings settings) {
    this.servers = new RegistryServers(settings);
    this.transport = new RegistryTransport(settings, servers, health);
    this.login = new RegistryLogin(transport, new TokenCache(System::nanoTime));
  }

  /**
   * The references that an image name may stand for, best first: one, unless the node searches several registries for short names.
   *
   * @throws io.crij.core.CriException INVALID_ARGUMENT if it is no image name, or a short one that could mean several images
   */
  public List<Reference> expand(String name) {
    return servers.expand(name);
  }

  /**
   * What to look for among the images of this node when a caller says {@code name}: itself, unless it is short and the node has
   * meanings of its own for short names. It may be an id, too.
   *
   * @param isHere whether an image of that name is here
   */
  public String local(String name, Predicate<String> isHere) {
    List<Reference> meanings;
    try {
      meanings = servers.expand(name);
    } catch (CriException e) {
      return name; // an id, or what nothing here can be called
    }
    if (meanings.equals(Reference.tryParse(name).stream().toList())) {
      return name;
    }
    return meanings.stream().map(Reference::toString).filter(isHere).findFirst().orElse(name);
  }

  /**
   * For one pull. Credentials go to the registry of the image's name and to the token service that it names, nowhere else.
   *
   * @throws io.crij.core.CriException FAILED_PRECONDITION if the configuration has a mistake, PERMISSION_DENIED if it blocks the image
   */
  public RegistryClient client(Reference reference, Credentials credentials) {
    return new RegistryClient(reference, servers.endpoints(reference), credentials, transport, login, health);
  }

  /** What pulls had to do with each server since the daemon started: at most 64 of them, and all others as one. Never waits. */
  public List<ServerTraffic> traffic() {
    return health.traffic().now();
  }
}
