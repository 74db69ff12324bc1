package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ReopenContainerLogRequest;
import io.crij.cri.ReopenContainerLogResponse;
import io.crij.helper.LaunchFailure;
import io.crij.helper.MonitorGone;
import io.crij.helper.syscall.Errno;

/** After kubelet moved a log away: from the answer on, nothing is written to the old file, and the new one exists. */
public final class ReopenContainerLog {
  private final ContainerHost host;

  public ReopenContainerLog(ContainerHost host) {
    this.host = host;
  }

  /** @throws CriException NOT_FOUND; FAILED_PRECONDITION if the container does not run or has no log, and no file was made */
  public ReopenContainerLogResponse run(ReopenContainerLogRequest request) {
    Container container = host.store().get(request.getContainerId());
    String start = "The log of container " + container.id() + " cannot be reopened: ";
    if (container.state() != ContainerState.RUNNING) {
      throw CriException.precondition(start + "the container is " + container.state() + ", not RUNNING.");
    }
    if (container.record().logPath().isEmpty()) {
      throw CriException.precondition(start + "it was created without one.");
    }
    try {
      host.pods().ready(container.sandbox().hex()).monitor().reopenLog(container.id());
    } catch (LaunchFailure e) {
      ErrorCode code = e.errno() == Errno.ESRCH ? ErrorCode.FAILED_PRECONDITION : ErrorCode.INTERNAL;
      throw new CriException(code, start + e.getMessage() + ".", e);
    } catch (MonitorGone e) {
      throw new CriException(ErrorCode.UNAVAILABLE, start + e.getMessage() + ".", e);
    }
    return ReopenContainerLogResponse.getDefaultInstance();
  }
}
