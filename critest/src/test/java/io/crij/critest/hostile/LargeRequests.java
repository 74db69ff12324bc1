package io.crij.critest.hostile;

import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.RunPodSandboxRequest;
import io.crij.cri.RuntimeServiceGrpc;
import io.crij.cri.VersionRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Requests of nearly 16 MiB, which gRPC lets pass, from many clients: row A5. */
final class LargeRequests {
  private static final int AT_ONCE = 10;
  private static final int BYTES = 15 << 20;
  private static final int LIMIT_SECONDS = 120;

  private final Node node;
  private final int waves;
  private final SharedPulls.Checks checks;

  /** @param waves of ten clients each */
  LargeRequests(Node node, int waves, SharedPulls.Checks checks) {
    this.node = node;
    this.waves = waves;
    this.checks = checks;
  }

  void all() {
    checks.check("A5 " + waves * AT_ONCE + " clients send 15 MiB of one text", () -> flood(text(), true));
    checks.check("A5 " + waves * AT_ONCE + " clients send 15 MiB of small annotations", () -> flood(annotations(), false));
  }

  /** Without a runtime handler of that name there is no pod, so all that happens is that they are received and read. */
  private static RunPodSandboxRequest text() {
    return RunPodSandboxRequest.newBuilder().setRuntimeHandler("x".repeat(BYTES)).build();
  }

  private static RunPodSandboxRequest annotations() {
    PodSandboxConfig.Builder config = PodSandboxConfig.newBuilder().setMetadata(PodSandboxMetadata.newBuilder().setName("n"));
    for (int i = 0; i < BYTES / 14; i++) {
      config.putAnnotations("a" + (i + 1_000_000), "");
    }
    return RunPodSandboxRequest.newBuilder().setConfig(config).setRuntimeHandler("none").build();
  }

  /** @param some whether some of them are served, and not all refused for what they would take in memory */
  private void flood(RunPodSandboxRequest request, boolean some) throws Exception {
    Map<Status.Code, Integer> codes = new EnumMap<>(Status.Code.class);
    for (int wave = 0; wave < waves; wave++) {
      List<Future<Status.Code>> answers = new ArrayList<>();
      try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < AT_ONCE; i++) {
          answers.add(clients.submit(() -> send(request)));
        }
      }
      for (Future<Status.Code> answer : answers) {
        codes.merge(answer.get(), 1, Integer::sum);
      }
    }
    System.out.println("      answers: " + codes + "; the daemon had " + node.statusKib("VmHWM") / 1024 + " MiB at most");
    Scene.require(node.isAlive(), "the daemon ended");
    Scene.require(codes.keySet().stream().allMatch(code -> code == Status.Code.RESOURCE_EXHAUSTED || code == Status.Code.INVALID_ARGUMENT || code == Status.Code.NOT_FOUND), "answers: " + codes);
    Scene.require(!some || codes.keySet().stream().anyMatch(code -> code != Status.Code.RESOURCE_EXHAUSTED), "none was served");
    Scene.require(codes.containsKey(Status.Code.RESOURCE_EXHAUSTED), "all were taken at once");
    node.runtime().withDeadlineAfter(20, TimeUnit.SECONDS).version(VersionRequest.getDefaultInstance());
  }

  private Status.Code send(RunPodSandboxRequest request) {
    ManagedChannel channel = node.connect();
    try {
      RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS).runPodSandbox(request);
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    } finally {
      channel.shutdownNow();
    }
  }
}
