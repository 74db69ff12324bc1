package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.AttachRequest;
import io.crij.helper.LaunchFailure;
import io.crij.helper.MonitorGone;
import io.crij.helper.ProcessStreams;
import io.crij.helper.syscall.Errno;

/** Joins the streams of a container's first process, from now on. Any number of clients see the same output. */
public final class Attach {
  private final ContainerHost host;

  public Attach(ContainerHost host) {
    this.host = host;
  }

  /**
   * Whether the request can be served, at the time of the call; the client comes for the streams later.
   *
   * @throws CriException NOT_FOUND; INVALID_ARGUMENT; FAILED_PRECONDITION if the container does not run
   */
  public void check(AttachRequest request) {
    running(request);
  }

  /**
   * Attaches. Input goes nowhere if the container was created without stdin.
   *
   * @throws CriException as {@link #check}
   */
  public ProcessStreams open(AttachRequest request) {
    Container container = running(request);
    String start = "Container " + container.id() + " cannot be attached to: ";
    try {
      return host.pods()
          .ready(container.sandbox().hex())
          .monitor()
          .attach(container.id(), WantedStreams.of(request.getStdin(), request.getStdout(), request.getStderr()));
    } catch (LaunchFailure e) {
      ErrorCode code = e.errno() == Errno.ESRCH ? ErrorCode.FAILED_PRECONDITION : ErrorCode.INTERNAL;
      throw new CriException(code, start + e.getMessage() + ".", e);
    } catch (MonitorGone e) {
      throw new CriException(ErrorCode.UNAVAILABLE, start + e.getMessage() + ".", e);
    }
  }

  private Container running(AttachRequest request) {
    Container container = host.store().get(request.getContainerId());
    WantedStreams.check(request.getStdin(), request.getStdout(), request.getStderr(), request.getTty());
    if (request.getTty() != container.config().getTty()) {
      throw CriException.invalid(
          "tty: container " + container.id() + " was created " + (request.getTty() ? "without" : "with")
              + " a terminal, and the request has to say the same.");
    }
    if (container.state() != ContainerState.RUNNING) {
      throw CriException.precondition(
          "Container " + container.id() + " cannot be attached to: it is " + container.state() + ", not RUNNING.");
    }
    return container;
  }
}
