package io.crij.daemon;

import io.crij.container.Attach;
import io.crij.container.Exec;
import io.crij.cri.AttachRequest;
import io.crij.cri.ExecRequest;
import io.crij.cri.PortForwardRequest;
import io.crij.daemon.stream.StreamBackend;
import io.crij.helper.ForwardedPort;
import io.crij.helper.ProcessStreams;
import io.crij.sandbox.PortForward;

/** The streaming server's way to containers and pods. */
record RuntimeStreams(Exec exec, Attach attach, PortForward portForward) implements StreamBackend {
  @Override
  public void check(ExecRequest request) {
    exec.check(request);
  }

  @Override
  public void check(AttachRequest request) {
    attach.check(request);
  }

  @Override
  public void check(PortForwardRequest request) {
    portForward.check(request);
  }

  @Override
  public ProcessStreams open(ExecRequest request) {
    return exec.open(request);
  }

  @Override
  public ProcessStreams open(AttachRequest request) {
    return attach.open(request);
  }

  @Override
  public ForwardedPort connect(String podSandboxId, int port) {
    return portForward.open(podSandboxId, port);
  }
}
