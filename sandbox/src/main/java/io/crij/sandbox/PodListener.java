package io.crij.sandbox;

import io.crij.cri.PodSandboxStatus;

/** Hears of what becomes of pods, once List and Status show it. Called by whoever made the change: it must not wait for anything. */
@FunctionalInterface
public interface PodListener {
  /** What happened. */
  enum Change {
    /** It exists and its containers can be made. */
    READY,
    /** It is over, or is being ended. */
    NOT_READY,
    REMOVED
  }

  /** @param status of the pod as it is now, or as it last was */
  void changed(Change change, PodSandboxStatus status);
}
