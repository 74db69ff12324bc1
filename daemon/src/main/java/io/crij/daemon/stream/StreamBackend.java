package io.crij.daemon.stream;

import io.crij.cri.AttachRequest;
import io.crij.cri.ExecRequest;
import io.crij.cri.PortForwardRequest;
import io.crij.helper.ForwardedPort;
import io.crij.helper.ProcessStreams;

/**
 * What the streams lead to. The checks run when the URL is asked for, the others when the client has come. All throw {@link
 * io.crij.core.CriException} with a message for the client.
 */
public interface StreamBackend {
  void check(ExecRequest request);

  void check(AttachRequest request);

  void check(PortForwardRequest request);

  ProcessStreams open(ExecRequest request);

  ProcessStreams open(AttachRequest request);

  ForwardedPort connect(String podSandboxId, int port);
}
