package io.crij.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.cri.PodSandboxState;
import io.crij.cri.RemovePodSandboxRequest;
import io.crij.cri.StopPodSandboxRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodListenerTest {
  @TempDir Path scratch;
  private FakeNode node;
  private final List<String> heard = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    node = new FakeNode(scratch);
    Sandboxes sandboxes = new Sandboxes(node.store, node.folders);
    sandboxes.listen(
        (change, status) -> {
          heard.add(change + " " + status.getMetadata().getName() + " " + status.getState());
          PodSandboxState shown = sandboxes.status(new io.crij.core.ObjectId(status.getId())).map(io.crij.cri.PodSandboxStatus::getState).orElse(PodSandboxState.SANDBOX_NOTREADY);
          assertThat(shown).as("what Status shows by now").isEqualTo(status.getState());
        });
  }

  @AfterEach
  void end() {
    node.close();
  }

  @Test
  void aPodsLifeIsHeardOfStepByStep() {
    String id = new RunPodSandbox(node.host, node).run(Pods.request("web")).getPodSandboxId();
    assertThat(heard).containsExactly("READY web SANDBOX_READY");
    StopPodSandboxRequest stop = StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build();
    new StopPodSandbox(node.host, node).run(stop);
    new StopPodSandbox(node.host, node).run(stop);
    new RemovePodSandbox(node.host, node).run(RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build());
    assertThat(heard).containsExactly("READY web SANDBOX_READY", "NOT_READY web SANDBOX_NOTREADY", "REMOVED web SANDBOX_NOTREADY");
  }

  @Test
  void aPodThatWasNeverReadyIsNotHeardOf() {
    node.failing.add("connect");
    assertThatThrownBy(() -> new RunPodSandbox(node.host, node).run(Pods.request("web"))).isInstanceOf(io.crij.core.CriException.class);
    assertThat(heard).isEmpty();
  }
}
