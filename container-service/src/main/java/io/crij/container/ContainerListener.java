package io.crij.container;

/** Hears of what becomes of containers, once List and Status show it. Called under the container's lock: it must not wait. */
@FunctionalInterface
interface ContainerListener {
  /** What happened. */
  enum Change {
    CREATED,
    STARTED,
    STOPPED,
    REMOVED
  }

  void changed(Change change, Container container);
}
