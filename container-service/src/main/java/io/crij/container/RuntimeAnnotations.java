package io.crij.container;

import io.crij.cri.PodSandboxMetadata;
import io.crij.sandbox.ReadySandbox;
import java.util.HashMap;
import java.util.Map;

/**
 * The annotations of {@code config.json}, which hooks read in the container's state: those of the container, and those by which programs for
 * containerd know whose it is. The pod's are not among them: its author could tell a runtime what only the node's operator may.
 */
final class RuntimeAnnotations {
  private static final String PREFIX = "io.kubernetes.cri.";

  private RuntimeAnnotations() {}

  static Map<String, String> of(ContainerDraft draft, ReadySandbox pod) {
    PodSandboxMetadata metadata = pod.config().getMetadata();
    String image = draft.record().image().name();
    Map<String, String> annotations = new HashMap<>(draft.config().getAnnotationsMap());
    annotations.put(PREFIX + "container-type", "container");
    annotations.put(PREFIX + "container-name", draft.config().getMetadata().getName());
    annotations.put(PREFIX + "image-name", image == null ? draft.config().getImage().getImage() : image);
    annotations.put(PREFIX + "sandbox-id", pod.id().hex());
    annotations.put(PREFIX + "sandbox-name", metadata.getName());
    annotations.put(PREFIX + "sandbox-namespace", metadata.getNamespace());
    annotations.put(PREFIX + "sandbox-uid", metadata.getUid());
    return annotations;
  }
}
