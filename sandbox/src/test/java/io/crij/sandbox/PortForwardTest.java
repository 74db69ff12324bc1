package io.crij.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.PortForwardRequest;
import io.crij.cri.StopPodSandboxRequest;
import java.io.IOException;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortForwardTest {
  @TempDir Path scratch;
  private FakeNode node;
  private PortForward forward;
  private String pod;

  @BeforeEach
  void start() throws IOException {
    node = new FakeNode(scratch);
    pod = new RunPodSandbox(node.host, node).run(Pods.request("web")).getPodSandboxId();
    forward = new PortForward(new Sandboxes(node.store, node.folders));
  }

  @AfterEach
  void end() {
    node.close();
  }

  @Test
  void aReadyPodIsFine() {
    forward.check(request(pod));
    forward.check(request(pod, 1, 65_535));
  }

  @Test
  void portsThatAreNoneAreRefused() {
    refused(ErrorCode.INVALID_ARGUMENT, () -> forward.check(request(pod, 80, 0)));
    refused(ErrorCode.INVALID_ARGUMENT, () -> forward.check(request(pod, 65_536)));
    refused(ErrorCode.INVALID_ARGUMENT, () -> forward.open(pod, -1));
  }

  @Test
  void aPodHasToBeThereAndReady() {
    refused(ErrorCode.NOT_FOUND, () -> forward.check(request("feed", 80)));
    new StopPodSandbox(node.host, node).run(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
    refused(ErrorCode.FAILED_PRECONDITION, () -> forward.check(request(pod, 80)));
    refused(ErrorCode.FAILED_PRECONDITION, () -> forward.open(pod, 80));
  }

  @Test
  void whereNobodyListensPodAndPortAreNamed() {
    assertThatThrownBy(() -> forward.open(pod, 8080))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
        .hasMessageContaining(pod)
        .hasMessageContaining("8080")
        .hasMessageContaining("connection refused");
  }

  private static PortForwardRequest request(String pod, int... ports) {
    PortForwardRequest.Builder request = PortForwardRequest.newBuilder().setPodSandboxId(pod);
    for (int port : ports) {
      request.addPort(port);
    }
    return request.build();
  }

  private static void refused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
