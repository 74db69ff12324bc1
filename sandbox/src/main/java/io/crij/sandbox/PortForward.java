package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.PortForwardRequest;
import io.crij.helper.ForwardedPort;
import io.crij.helper.LaunchFailure;
import io.crij.helper.MonitorGone;
import io.crij.helper.syscall.Errno;

/** Connects to ports on a pod's own loopback; with the node's network that is the node's. */
public final class PortForward {
  private static final int MAX_PORT = 65_535;

  private final Sandboxes sandboxes;

  public PortForward(Sandboxes sandboxes) {
    this.sandboxes = sandboxes;
  }

  /**
   * Whether the request can be served, at the time of the call; the client comes for the connections later, and may name its
   * ports only then.
   *
   * @throws CriException NOT_FOUND; INVALID_ARGUMENT for a port that is none; FAILED_PRECONDITION if the pod is not ready
   */
  public void check(PortForwardRequest request) {
    request.getPortList().forEach(PortForward::requirePort);
    sandboxes.ready(request.getPodSandboxId());
  }

  /**
   * A new TCP connection to the port, over 127.0.0.1 or else ::1.
   *
   * @throws CriException as {@link #check}; UNAVAILABLE if nobody listens there, DEADLINE_EXCEEDED if nobody answers: the message
   *     names pod and port
   */
  public ForwardedPort open(String podSandboxId, int port) {
    requirePort(port);
    ReadySandbox pod = sandboxes.ready(podSandboxId);
    String start = "Port " + port + " of pod sandbox " + pod.id() + " cannot be reached: ";
    try {
      return pod.monitor().forward(port);
    } catch (LaunchFailure e) {
      throw switch (e.errno()) {
        case Errno.ECONNREFUSED ->
            new CriException(ErrorCode.UNAVAILABLE, start + "connection refused, nothing listens on 127.0.0.1 or ::1 there.", e);
        case Errno.ETIMEDOUT ->
            new CriException(ErrorCode.DEADLINE_EXCEEDED, start + "what listens there does not take the connection.", e);
        default -> new CriException(ErrorCode.INTERNAL, start + e.getMessage() + ".", e);
      };
    } catch (MonitorGone e) {
      throw new CriException(ErrorCode.UNAVAILABLE, start + e.getMessage() + ".", e);
    }
  }

  private static void requirePort(int port) {
    if (port < 1 || port > MAX_PORT) {
      throw CriException.invalid("port: " + port + " is not from 1 to " + MAX_PORT + ".");
    }
  }
}
