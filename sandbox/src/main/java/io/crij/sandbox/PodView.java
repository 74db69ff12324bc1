package io.crij.sandbox;

import io.crij.core.ObjectId;
import io.crij.cri.PodSandboxConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A pod as those see it who report on it.
 *
 * @param config as RunPodSandbox was given it, with what UpdatePodSandboxResources changed
 * @param cgroupParent below it the pod's containers have their cgroups; other pods may have theirs there too
 * @param netns where its network namespace is pinned; null with the node's network, and once the network is torn down
 */
public record PodView(
    ObjectId id,
    PodSandboxConfig config,
    boolean ready,
    long createdAtNanos,
    String cgroupParent,
    @Nullable Path netns) {}
