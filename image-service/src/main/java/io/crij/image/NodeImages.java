package io.crij.image;

import io.crij.core.ObjectId;
import io.crij.image.content.Digest;
import io.crij.image.content.Reference;
import io.crij.image.registry.Registries;
import io.crij.image.trust.ImageTrust;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The catalogue as others see it: short names mean what the node's registries make of them, and policies count. */
final class NodeImages implements Images, ImageUses {
  private static final Logger log = LoggerFactory.getLogger(NodeImages.class);

  private final Catalogue catalogue;
  private final Registries registries;
  private final ImageTrust trust;

  NodeImages(Catalogue catalogue, Registries registries, ImageTrust trust) {
    this.catalogue = catalogue;
    this.registries = registries;
    this.trust = trust;
  }

  @Override
  public LocalImage acquire(ObjectId user, String reference) {
    return catalogue.acquire(user, known(reference));
  }

  @Override
  public Optional<LocalImage> resolve(String reference) {
    return catalogue.resolve(known(reference));
  }

  /** The name under which the catalogue knows what {@code name} means on this node. */
  String known(String name) {
    return registries.local(name, full -> catalogue.resolve(full).isPresent());
  }

  /** Forgets the signatures of images that are no longer here. */
  void forgetSignatures() {
    Set<Digest> here = new HashSet<>();
    for (LocalImage image : catalogue.all()) {
      image.repoDigests().forEach(name -> Reference.tryParse(name).map(Reference::digest).ifPresent(here::add));
    }
    try {
      trust.retain(here);
    } catch (IOException e) {
      log.warn("signatures of removed images stay on disk until the next removal: {}", e.getMessage());
    }
  }

  @Override
  public void checkTrust(LocalImage image, String namespace, String userSpecified) {
    List<String> names = Stream.concat(image.repoTags().stream(), image.repoDigests().stream()).toList();
    trust.check(namespace, userSpecified, names, image.id());
  }

  @Override
  public void adopt(ObjectId user, List<String> lowerNames) {
    catalogue.adopt(user, lowerNames);
  }

  @Override
  public void release(ObjectId user) {
    catalogue.release(user);
  }
}
