package io.crij.daemon.rpc;

import io.crij.container.EventSubscription;
import io.crij.cri.ExecSyncRequest;
import io.crij.cri.ExecSyncResponse;
import io.crij.cri.ListPodSandboxRequest;
import io.crij.cri.ListPodSandboxResponse;
import io.crij.cri.PullImageRequest;
import io.crij.cri.PullImageResponse;
import io.crij.cri.RunPodSandboxRequest;
import io.crij.cri.RunPodSandboxResponse;
import io.crij.cri.VersionResponse;
import io.crij.image.LayerState;
import io.crij.image.PullProgress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Operations whose answers a test chooses; those that it did not set fail the test's call. */
final class FakeOperations {
  Operation<RunPodSandboxRequest, RunPodSandboxResponse> runPod = unset();
  Operation<ListPodSandboxRequest, ListPodSandboxResponse> pods = unset();
  EventSubscription subscription = new EventSubscription(100, gone -> {});
  Operation<ExecSyncRequest, ExecSyncResponse> execSync = unset();
  Operation<PullImageRequest, PullImageResponse> pull = unset();
  List<PullProgress> underway = List.of();
  ImageOperations.Save save =
      (images, format, out) -> {
        throw new AssertionError("the test expected no save of " + images);
      };
  ImageOperations.Load load =
      archive -> {
        throw new AssertionError("the test expected no archive");
      };
  final List<String> metered = Collections.synchronizedList(new ArrayList<>());
  final Calls calls = new Calls((rpc, code, nanos, streaming) -> metered.add(rpc + " " + code + (streaming ? " streaming" : "")));

  private static <Q, S> Operation<Q, S> unset() {
    return request -> {
      throw new AssertionError("the test expected no such call: " + request);
    };
  }

  RuntimeOperations runtime() {
    return new RuntimeOperations(
        request -> VersionResponse.newBuilder().setRuntimeName("fake").build(),
        unset(),
        unset(),
        unset(),
        new RuntimeOperations.Pods(request -> runPod.run(request), unset(), unset(), unset(), request -> pods.run(request), unset()),
        new RuntimeOperations.Containers(
            unset(), unset(), unset(), unset(), unset(), unset(), request -> execSync.run(request), unset(), unset()),
        new RuntimeOperations.Stats(unset(), unset(), unset(), unset(), unset(), unset()),
        () -> subscription,
        new RuntimeOperations.Streams(unset(), unset(), unset()));
  }

  NodeReports reports() {
    return new NodeReports(
        nothing -> Map.of("report", "status"),
        nothing -> List.of("pods"),
        nothing -> List.of("containers"),
        about -> Map.of("why", about),
        pod -> Map.of("timeline", pod),
        how -> Map.of("gc", how));
  }

  ImageOperations images() {
    return new ImageOperations(
        request -> pull.run(request),
        unset(),
        unset(),
        unset(),
        unset(),
        () -> underway,
        (image, repair) -> List.of(new LayerState("abc", "sha256:0", LayerState.Health.WHOLE, repair ? "repaired" : "")),
        (images, format, out) -> save.run(images, format, out),
        archive -> load.run(archive));
  }
}
