package io.crij.sandbox;

/** Where a pod is in its life. The CRI knows two of them; the other two are shown as absent and as NOTREADY. */
public enum SandboxState {
  /** Intent: RunPodSandbox works on it. List and Status hide it. */
  CREATING,
  READY,
  NOTREADY,
  /** RemovePodSandbox began: whatever happens, it is finished and never ready again. Shown as NOTREADY. */
  REMOVING
}
