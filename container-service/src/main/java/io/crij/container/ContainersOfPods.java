package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.JoinedWork;
import io.crij.core.ObjectId;
import io.crij.helper.Monitor;
import io.crij.sandbox.PodContainers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** What pods ask of their containers, and tell them. */
public final class ContainersOfPods implements PodContainers {
  private final ContainerHost host;
  private final ContainerExits exits;
  private final RemoveContainer removal;

  /** @param removal the one that serves the RPC: both join each other's work */
  public ContainersOfPods(ContainerHost host, RemoveContainer removal) {
    this.host = host;
    this.exits = new ContainerExits(host);
    this.removal = removal;
  }

  @Override
  public void stopAll(ObjectId sandbox) {
    each(sandbox, container -> host.stops().stop(container, Duration.ZERO));
  }

  @Override
  public void removeAll(ObjectId sandbox) {
    each(sandbox, removal::remove);
  }

  @Override
  public void podDied(ObjectId sandbox) {
    each(sandbox, container -> exits.lost(container, "The pod's monitor ended, and the pod with it."));
  }

  @Override
  public void exited(Monitor monitor, long sequence, ObjectId container, int exitCode, long finishedAtNanos) {
    exits.told(monitor, sequence, container, exitCode, finishedAtNanos);
  }

  @Override
  public List<io.crij.cri.ContainerStatus> statuses(ObjectId sandbox) {
    return ContainerStatus.ofPod(host.store(), sandbox);
  }

  /** All at once: a pod's stop takes as long as its slowest container. The first failure is thrown when all have ended. */
  private void each(ObjectId sandbox, Consumer<Container> action) {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (Container container : host.store().of(sandbox)) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      all.add(done);
      host.threads()
          .newThread(
              () -> {
                try {
                  action.accept(container);
                  done.complete(null);
                } catch (Throwable e) {
                  // Throwable: whoever waits must hear of an Error too, else it waits for ever.
                  done.completeExceptionally(e);
                }
              })
          .start();
    }
    CriException first = null;
    for (CompletableFuture<Void> done : all) {
      try {
        JoinedWork.await("the containers of sandbox " + sandbox, done);
      } catch (CriException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
