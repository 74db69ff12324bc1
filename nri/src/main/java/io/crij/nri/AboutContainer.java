package io.crij.nri;

import io.crij.nri.api.Container;
import io.crij.nri.api.ContainerRequest;
import io.crij.nri.api.PodSandbox;
import java.util.function.Supplier;

/**
 * Which container an event is about. How it looks is only found out when there is a plugin to tell.
 *
 * @param id of the container
 * @param end of the container, for whoever else calls about it
 */
public record AboutContainer(String id, Supplier<PodSandbox> pod, Supplier<Container> container, EndTold end) {
  ContainerRequest request() {
    return ContainerRequest.newBuilder().setPod(pod.get()).setContainer(container.get()).build();
  }
}
