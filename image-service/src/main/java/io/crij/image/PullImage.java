package io.crij.image;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Journal;
import io.crij.cri.PullImageRequest;
import io.crij.cri.PullImageResponse;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.NodeBusyException;
import io.crij.image.content.Reference;
import io.crij.image.registry.Credentials;
import io.crij.image.registry.Registries;
import io.crij.image.registry.RegistryException;
import io.crij.image.registry.ServerTraffic;
import io.crij.image.trust.ImageTrust;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;

/**
 * Fetches an image. Access is checked at the registry on every call, with the credentials of this call, even when all layers
 * are here. Equal calls that run at one time share the work. An interrupt of the caller stops the pull unless others wait for
 * it, too.
 */
public final class PullImage {
  private final Catalogue catalogue;
  private final ImageSettings settings;
  private final Registries registries;
  private final ImageTrust trust;
  private final PullJobs jobs = new PullJobs();
  private final Pull.Traffic traffic;

  PullImage(Catalogue catalogue, ImageSettings settings, Registries registries, ImageTrust trust) {
    this.catalogue = catalogue;
    this.settings = settings;
    this.registries = registries;
    this.trust = trust;
    this.traffic = Pull.Traffic.of(settings.parallelLayers());
  }

  /**
   * Pulls one image.
   *
   * @return the image's id as {@code image_ref}
   * @throws CriException UNKNOWN with a message that starts with {@code RegistryUnavailable} if no server could be reached, or
   *     with {@code SignatureValidationFailed} if the policy keeps the image out; NOT_FOUND, UNAUTHENTICATED, PERMISSION_DENIED as the registry says; FAILED_PRECONDITION if what it sends is
   *     refused; RESOURCE_EXHAUSTED if the disk is full, FAILED_PRECONDITION if it is read-only; CANCELLED if the caller left
   */
  public PullImageResponse run(PullImageRequest request) {
    String name = request.getImage().getImage();
    if (name.isEmpty()) {
      throw CriException.invalid("PullImage needs the field image.image: no image was named.");
    }
    List<Reference> meanings = registries.expand(name);
    for (Reference meaning : meanings.subList(0, meanings.size() - 1)) {
      try {
        return pull(meaning, request);
      } catch (CriException e) {
        if (e.code() != ErrorCode.NOT_FOUND && e.code() != ErrorCode.UNAUTHENTICATED && e.code() != ErrorCode.PERMISSION_DENIED) {
          throw e; // the next registry must not stand in for one that is only away
        }
      }
    }
    return pull(meanings.getLast(), request);
  }

  private PullImageResponse pull(Reference reference, PullImageRequest request) {
    Credentials credentials = Credentials.of(request.getAuth(), reference.host());
    String namespace = request.getSandboxConfig().getMetadata().getNamespace();
    try {
      ImageTrust.Admission admission = trust.admission(reference, namespace);
      String key = reference + " " + credentials.fingerprint() + " " + admission.key();
      Journal.Parts parts = Journal.parts();
      String id =
          jobs.join(
              key,
              gate ->
                  Journal.under(
                      parts,
                      () -> new Pull(reference, registries.client(reference, credentials), admission, catalogue, settings.limits(), traffic).run(gate)));
      return PullImageResponse.newBuilder().setImageRef(id).build();
    } catch (Exception e) {
      throw explain(reference, e);
    }
  }

  /** What pulls of this node share, for what else unpacks layers. */
  Pull.Traffic traffic() {
    return traffic;
  }

  /** How far the pulls are that run now, the oldest first. Never waits. */
  public List<PullProgress> underway() {
    return traffic.underway().now();
  }

  /** What pulls had to do with each server since the daemon started. Never waits. */
  public List<ServerTraffic> servers() {
    return registries.traffic();
  }

  private static CriException explain(Reference reference, Exception e) {
    String what = "The image '" + reference + "' cannot be pulled: ";
    return switch (e) {
      // A fresh exception for each caller: a shared pull fails for several.
      case CriException known -> new CriException(known.code(), known.getMessage(), known);
      case RegistryException registry -> refused(what, registry);
      case HostileContentException hostile ->
          new CriException(
              ErrorCode.FAILED_PRECONDITION,
              "The image '" + reference + "' from " + reference.host() + " is refused: " + hostile.getMessage() + ".",
              hostile);
      case InterruptedIOException stopped -> new CriException(ErrorCode.CANCELLED, what + "the caller left.", stopped);
      case NodeBusyException busy -> new CriException(ErrorCode.RESOURCE_EXHAUSTED, what + busy.getMessage() + ". Try again later.", busy);
      case IOException full when DiskSpace.isExhausted(full) ->
          new CriException(ErrorCode.RESOURCE_EXHAUSTED, what + full.getMessage() + ". Free space below the image folder.", full);
      case IOException readOnly when DiskSpace.isReadOnly(readOnly) ->
          new CriException(
              ErrorCode.FAILED_PRECONDITION, what + "the image folder is on a read-only file system. Mount it writable.", readOnly);
      case IOException broken when DiskSpace.isBroken(broken) ->
          new CriException(
              ErrorCode.FAILED_PRECONDITION,
              what + "the disk below the image folder fails: " + broken.getMessage() + ". Look for it in the kernel's log (dmesg), then check its file system or replace it.",
              broken);
      case IOException io -> CriException.internal(what + io.getMessage() + ".", io);
      default -> CriException.internal(what + "an unexpected failure (" + e + ").", e);
    };
  }

  private static CriException refused(String what, RegistryException e) {
    ErrorCode code =
        switch (e.kind()) {
          case UNREACHABLE, UNAVAILABLE -> ErrorCode.UNKNOWN;
          case NOT_FOUND -> ErrorCode.NOT_FOUND;
          case UNAUTHORIZED -> ErrorCode.UNAUTHENTICATED;
          case DENIED -> ErrorCode.PERMISSION_DENIED;
          case REFUSED -> ErrorCode.FAILED_PRECONDITION;
        };
    // kubelet looks for this word at the start of the message to tell its users that the registry is at fault.
    String prefix = code == ErrorCode.UNKNOWN ? "RegistryUnavailable: " : "";
    return new CriException(code, prefix + what + e.getMessage() + ".", e);
  }
}
