package io.crij.netns;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import java.util.Optional;
import java.util.Set;

/**
 * Wires pods into the node's network. Calls for different pods run at the same time; calls for one pod wait for each other.
 * What {@link #add} began is on disk before it begins, so {@link #remove} finds it after any crash.
 */
public interface PodNetwork {
  /**
   * Connects the pod. On failure everything that was connected is taken back; what could not be is kept for {@link #remove}.
   *
   * @throws CriException UNAVAILABLE if no network is configured or a plugin asks to try again later, DEADLINE_EXCEEDED if a
   *     plugin had to be killed, INVALID_ARGUMENT for a bad annotation, else INTERNAL; the message names the plugin and its error
   */
  NetworkResult add(NetworkRequest request);

  /**
   * Disconnects the pod. Succeeds if it is not connected. After a failure it can be called again until it succeeds.
   *
   * @throws CriException as {@link #add}
   */
  void remove(ObjectId sandbox);

  /**
   * Asks whether the pod is still connected as {@link #add} left it.
   *
   * @throws CriException NOT_FOUND if it was never connected, else INTERNAL with what is missing
   */
  void check(ObjectId sandbox);

  /** What {@link #add} gave this pod, from disk: for a daemon that starts again. Empty if the pod is not connected. */
  Optional<NetworkResult> result(ObjectId sandbox);

  /**
   * Disconnects every pod that is known here and not in {@code live}, and lets the plugins of the present network free what
   * belongs to no live pod; not where another daemon on this node has pods too. Failures are logged; the next run tries again.
   */
  void gc(Set<ObjectId> live);

  /** Whether a pod could be connected now. */
  NetworkStatus status();
}
