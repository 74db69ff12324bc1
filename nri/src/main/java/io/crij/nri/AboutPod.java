package io.crij.nri;

import io.crij.nri.api.PodSandbox;
import java.util.function.Supplier;

/**
 * Which pod an event is about. How it looks is only found out when there is a plugin to tell: the classes of NRI's messages take memory
 * that a node without plugins does not have to give.
 *
 * @param id of the sandbox
 * @param view how the pod looked when the event came
 * @param end of the pod, for whoever else calls about it
 */
public record AboutPod(String id, Supplier<PodSandbox> view, EndTold end) {}
