package io.crij.container;

import io.crij.core.CriException;
import io.crij.cri.StopContainerRequest;
import io.crij.cri.StopContainerResponse;
import java.time.Duration;

/** Asks a container to end, kills it when its time is over, and answers when it is EXITED. */
public final class StopContainer {
  private final ContainerHost host;

  public StopContainer(ContainerHost host) {
    this.host = host;
  }

  /**
   * Succeeds at once for a container that is unknown or does not run.
   *
   * @throws CriException DEADLINE_EXCEEDED if even SIGKILL does not end it
   */
  public StopContainerResponse run(StopContainerRequest request) {
    // Less than nothing means at once, as nothing does.
    Duration grace = Duration.ofSeconds(Math.max(0, request.getTimeout()));
    host.store().find(request.getContainerId()).ifPresent(container -> host.stops().stop(container, grace));
    return StopContainerResponse.getDefaultInstance();
  }
}
