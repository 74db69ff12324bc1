package io.crij.sandbox;

import io.crij.cri.ListPodSandboxRequest;
import io.crij.cri.ListPodSandboxResponse;

/** Lists pods from memory, oldest first. A pod that RunPodSandbox still works on is not one yet. */
public final class ListPodSandbox {
  private final SandboxStore store;

  public ListPodSandbox(SandboxStore store) {
    this.store = store;
  }

  public ListPodSandboxResponse run(ListPodSandboxRequest request) {
    ListPodSandboxResponse.Builder response = ListPodSandboxResponse.newBuilder();
    for (Sandbox sandbox : store.visible()) {
      if (PodFilter.matches(request.getFilter(), sandbox)) {
        response.addItems(item(sandbox));
      }
    }
    return response.build();
  }

  private static io.crij.cri.PodSandbox item(Sandbox sandbox) {
    SandboxRecord record = sandbox.record();
    return io.crij.cri.PodSandbox.newBuilder()
        .setId(record.id())
        .setMetadata(sandbox.config().getMetadata())
        .setState(PodFilter.criState(record.state()))
        .setCreatedAt(record.createdAtNanos())
        .putAllLabels(sandbox.config().getLabelsMap())
        .putAllAnnotations(sandbox.config().getAnnotationsMap())
        .setRuntimeHandler(record.runtimeHandler())
        .build();
  }
}
