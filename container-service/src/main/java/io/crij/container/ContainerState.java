package io.crij.container;

/** Where a container is in its life. It only goes forward; UNKNOWN is left for EXITED alone. */
public enum ContainerState {
  CREATED,
  RUNNING,
  EXITED,
  /** It ran when the daemon was last there, and what became of it cannot be found out yet. */
  UNKNOWN;

  io.crij.cri.ContainerState toCri() {
    return switch (this) {
      case CREATED -> io.crij.cri.ContainerState.CONTAINER_CREATED;
      case RUNNING -> io.crij.cri.ContainerState.CONTAINER_RUNNING;
      case EXITED -> io.crij.cri.ContainerState.CONTAINER_EXITED;
      case UNKNOWN -> io.crij.cri.ContainerState.CONTAINER_UNKNOWN;
    };
  }
}
