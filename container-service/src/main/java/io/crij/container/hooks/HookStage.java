package io.crij.container.hooks;

import java.util.Optional;

/** When a hook runs: the stages of the OCI runtime specification, "POSIX-platform Hooks", in the order of a container's life. */
public enum HookStage {
  /** Deprecated there, and the same as {@link #CREATE_RUNTIME}, before it. */
  PRESTART("prestart"),
  /** The namespaces exist, the root stands in the bundle: in the namespaces of the node, but for that of mounts. */
  CREATE_RUNTIME("createRuntime"),
  /** Right after that, in the namespaces of the container; a program of the node. */
  CREATE_CONTAINER("createContainer"),
  /** In the container, a program of it, before its first process becomes what it is. */
  START_CONTAINER("startContainer"),
  POSTSTART("poststart"),
  POSTSTOP("poststop");

  private final String word;

  HookStage(String word) {
    this.word = word;
  }

  /** As specifications write it. */
  public String word() {
    return word;
  }

  public static Optional<HookStage> of(String word) {
    for (HookStage stage : values()) {
      if (stage.word.equals(word)) {
        return Optional.of(stage);
      }
    }
    return Optional.empty();
  }
}
