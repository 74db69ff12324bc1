package io.crij.image.trust;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.LiveValue;
import io.crij.image.content.Digest;
import io.crij.image.content.Reference;
import io.crij.image.registry.RegistryClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether an image may come to this node, and whether a container may be made of it. The policy is that of the pod's namespace,
 * else the node's; it is read again when it changes. A policy that cannot be read keeps every image out. Thread-safe.
 */
public final class ImageTrust {
  /** kubelet looks for this word at the start of the message. */
  private static final String REFUSED = "SignatureValidationFailed: ";
  private static final int NAMESPACES_MAX = 1024;
  private static final String NAMESPACE = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";

  /** @param fingerprint of its text: pulls under different policies share no work */
  private record Loaded(@Nullable Policy policy, String fingerprint) {}

  private final TrustSettings settings;
  private final SignatureStore store;
  private final LiveValue<Loaded> ofNode;
  private final Map<String, LiveValue<Loaded>> ofNamespaces =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, LiveValue<Loaded>> eldest) {
          return size() > NAMESPACES_MAX;
        }
      };

  /** @param signatures folder of its own, made when the first signature is kept */
  public ImageTrust(TrustSettings settings, Path signatures) {
    this.settings = settings;
    this.store = new SignatureStore(signatures);
    this.ofNode = new LiveValue<>(files -> load(settings.policy(), files));
  }

  /** The rules for one pull, as they are now. */
  public final class Admission {
    private final Reference reference;
    private final Loaded loaded;

    private Admission(Reference reference, Loaded loaded) {
      this.reference = reference;
      this.loaded = loaded;
    }

    /** Equal for equal policies; empty without one. */
    public String key() {
      return loaded.fingerprint();
    }

    /**
     * Lets the image pass or throws. To be called once its manifest is known and before anything else of it is fetched.
     *
     * @param pulled digest of what the reference points to
     * @param instance digest of the manifest for this node's platform, found by way of {@code pulled}
     * @throws CriException UNKNOWN with a message that starts with {@code SignatureValidationFailed}
     */
    public void admit(RegistryClient client, Digest pulled, Digest instance) throws IOException {
      Policy policy = loaded.policy();
      if (policy == null) {
        return;
      }
      List<Requirement> requirements = policy.requirements(reference);
      if (requirements.stream().noneMatch(Requirement.SigstoreSigned.class::isInstance)) {
        fulfil(requirements, reference, "pulled", Set.of(), List.of());
        return;
      }
      List<ImageSignature> signatures = new ArrayList<>(SignatureSource.of(client, pulled));
      if (!instance.equals(pulled)) {
        signatures.addAll(SignatureSource.of(client, instance));
      }
      fulfil(requirements, reference, "pulled", new HashSet<>(List.of(pulled, instance)), signatures);
      store.put(pulled, new SignatureStore.Stored(instance.toString(), signatures));
    }
  }

  /**
   * @param namespace of the pod that the image is for, empty if unknown
   * @throws CriException UNKNOWN with a message that starts with {@code SignatureValidationFailed} if the policy cannot be read, or
   *     refuses the image whatever its signatures
   */
  public Admission admission(Reference reference, String namespace) {
    Loaded loaded = loaded(namespace);
    if (loaded.policy() != null) {
      List<Requirement> unsigned =
          loaded.policy().requirements(reference).stream().filter(each -> !(each instanceof Requirement.SigstoreSigned)).toList();
      fulfil(unsigned, reference, "pulled", Set.of(), List.of());
    }
    return new Admission(reference, loaded);
  }

  /**
   * Lets an image out of an archive come to this node, or throws. An archive proves nothing about who made it and carries no signatures:
   * the image may have just those names that the policy takes unsigned, and none only where that is what the policy says of all else.
   *
   * @param names that it is to have here
   * @param id by which a message speaks of it
   * @throws CriException UNKNOWN with a message that starts with {@code SignatureValidationFailed}
   */
  public void admitArchived(List<Reference> names, String id) {
    Policy policy = loaded("").policy();
    if (policy == null || policy.takesAll()) {
      return;
    }
    if (names.isEmpty()) {
      refuseNameless(policy, id);
    }
    for (Reference name : names) {
      fulfil(policy.requirements(name), name, "loaded", Set.of(), List.of());
    }
  }

  /**
   * Lets a container be made of an image that is on the node, or throws. The registry is not asked.
   *
   * @param userSpecified the name in the pod's specification, empty if the caller did not say
   * @param names full names that the image has here, with tags and digests
   * @throws CriException UNKNOWN with a message that starts with {@code SignatureValidationFailed}
   */
  public void check(String namespace, String userSpecified, List<String> names, String imageId) {
    Policy policy = loaded(namespace).policy();
    if (policy == null || policy.takesAll()) {
      return;
    }
    List<Reference> candidates = new ArrayList<>();
    Reference.tryParse(userSpecified).filter(name -> names.contains(name.toString())).ifPresent(candidates::add);
    if (candidates.isEmpty()) {
      names.forEach(name -> Reference.tryParse(name).ifPresent(candidates::add));
    }
    Set<Digest> digests = new HashSet<>();
    List<ImageSignature> signatures = new ArrayList<>();
    for (String name : names) {
      Digest pulled = Reference.tryParse(name).map(Reference::digest).orElse(null);
      if (pulled != null) {
        digests.add(pulled);
        stored(pulled).ifPresent(kept -> {
          Digest.parse(kept.instance()).ifPresent(digests::add);
          signatures.addAll(kept.signatures());
        });
      }
    }
    if (candidates.isEmpty()) {
      refuseNameless(policy, imageId);
      return;
    }
    CriException last = null;
    for (Reference candidate : candidates) {
      try {
        fulfil(policy.requirements(candidate), candidate, "used", digests, signatures);
        return;
      } catch (CriException e) {
        last = e;
      }
    }
    throw java.util.Objects.requireNonNull(last);
  }

  /** Forgets the signatures of all manifests but these. */
  public void retain(Set<Digest> pulled) throws IOException {
    store.retain(pulled);
  }

  private static void refuseNameless(Policy policy, String imageId) {
    if (!policy.byDefault().stream().allMatch(Requirement.AcceptAnything.class::isInstance)) {
      throw refused("The image " + imageId + " cannot be taken: it has no name of a registry, and the policy takes images by their names", null);
    }
  }

  private static void fulfil(
      List<Requirement> requirements, Reference image, String verb, Set<Digest> digests, List<ImageSignature> signatures) {
    for (Requirement requirement : requirements) {
      String why =
          switch (requirement) {
            case Requirement.AcceptAnything accept -> "";
            case Requirement.Reject reject -> "the policy rejects it";
            case Requirement.Unsupported other -> "the policy asks for " + other.what() + ", which this runtime cannot check";
            case Requirement.SigstoreSigned signed -> missing(signed, image, digests, signatures);
          };
      if (!why.isEmpty()) {
        throw refused("The image '" + image + "' cannot be " + verb + ": " + why, null);
      }
    }
  }

  /** What keeps all signatures from fulfilling the requirement; empty if one does. */
  private static String missing(Requirement.SigstoreSigned wanted, Reference image, Set<Digest> digests, List<ImageSignature> signatures) {
    if (signatures.isEmpty()) {
      return "it has no signature; where it was pulled before the policy asked for one, pull it again";
    }
    String why = "none of its " + signatures.size() + " signatures is by a key of the policy";
    for (ImageSignature signature : signatures) {
      if (wanted.keys().stream().noneMatch(key -> key.signed(signature))) {
        continue;
      }
      Optional<SignedPayload> payload = SignedPayload.parse(signature.payloadBytes());
      if (payload.isEmpty()) {
        why = "what its signature signs is no statement about an image";
      } else if (!digests.contains(payload.get().manifest())) {
        why = "its signature is for another image, " + payload.get().manifest();
      } else if (!wanted.identity().matches(image, payload.get().reference())) {
        why = "its signature is for the name '" + Reference.printable(payload.get().reference()) + "'";
      } else {
        return "";
      }
    }
    return why;
  }

  private Optional<SignatureStore.Stored> stored(Digest pulled) {
    try {
      return store.get(pulled);
    } catch (IOException e) {
      throw refused("The signatures of " + pulled + " on this node cannot be read: " + e.getMessage() + "; pull the image again", e);
    }
  }

  private Loaded loaded(String namespace) {
    LiveValue<Loaded> live = ofNode;
    Path folder = settings.policyFolder();
    if (folder != null && !namespace.isEmpty()) {
      if (!namespace.matches(NAMESPACE)) {
        throw refused("The policy of the namespace '" + Reference.printable(namespace) + "' cannot be found: it is no namespace's name", null);
      }
      synchronized (ofNamespaces) {
        live =
            ofNamespaces.computeIfAbsent(
                namespace,
                name ->
                    new LiveValue<>(
                        files -> {
                          Path own = folder.resolve(name + ".json");
                          Loaded loaded = load(own, files);
                          return loaded.policy() != null ? loaded : load(settings.policy(), files);
                        }));
      }
    }
    try {
      return live.get();
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw refused("No image can be taken, because a policy cannot be read: " + e.getMessage(), e);
    }
  }

  private static Loaded load(@Nullable Path file, LiveValue.Sources files) throws IOException, GeneralSecurityException {
    if (file == null) {
      return new Loaded(null, "");
    }
    Optional<String> text = files.textIfPresent(file);
    if (text.isEmpty()) {
      return new Loaded(null, "");
    }
    StringBuilder all = new StringBuilder(text.get());
    try {
      Policy policy =
          new PolicyParser(
                  path -> {
                    String key = files.text(file.resolveSibling(path));
                    all.append('\0').append(key);
                    return key;
                  })
              .parse(text.get());
      return new Loaded(policy, Digest.of(all.toString().getBytes(StandardCharsets.UTF_8)).hex());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    } catch (java.nio.file.NoSuchFileException e) {
      throw new IllegalArgumentException(file + ": the key file " + e.getFile() + " is missing", e);
    }
  }

  private static CriException refused(String sentence, @Nullable Exception cause) {
    return cause == null
        ? new CriException(ErrorCode.UNKNOWN, REFUSED + sentence + ".")
        : new CriException(ErrorCode.UNKNOWN, REFUSED + sentence + ".", cause);
  }
}
