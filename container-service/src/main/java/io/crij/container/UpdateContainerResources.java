package io.crij.container;

import io.crij.cgroups.Limits;
import io.crij.container.launch.PlanBuilder;
import io.crij.core.CriException;
import io.crij.cri.LinuxContainerResources;
import io.crij.cri.UpdateContainerResourcesRequest;
import io.crij.cri.UpdateContainerResourcesResponse;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.plan.PlanWriter;
import io.crij.sandbox.LinuxResources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Changes the limits of a container, all or nothing: of a running one at once, of a created one for its start. */
public final class UpdateContainerResources {
  private static final Duration UNASKED_PATIENCE = Duration.ofSeconds(1);

  private final ContainerHost host;

  public UpdateContainerResources(ContainerHost host) {
    this.host = host;
  }

  /**
   * What the request does not specify stays.
   *
   * @throws CriException NOT_FOUND; FAILED_PRECONDITION if the container has ended; INVALID_ARGUMENT naming the field; or why
   *     the kernel refused, with the old limits in force
   */
  public UpdateContainerResourcesResponse run(UpdateContainerResourcesRequest request) {
    Container container = host.store().get(request.getContainerId());
    Resources.check(request.getLinux());
    container.exclusively("updated", () -> update(container, request.getLinux()));
    return UpdateContainerResourcesResponse.getDefaultInstance();
  }

  /**
   * A change that a plugin asked for: the plugins are not asked again. It waits less for its turn, for it is done inside of calls
   * on other containers.
   *
   * @throws CriException as {@link #run}
   */
  void unasked(Container container, LinuxContainerResources asked) {
    Resources.check(asked);
    container.exclusively("updated", UNASKED_PATIENCE, () -> set(container, asked));
  }

  private void update(Container container, LinuxContainerResources asked) {
    requireKept(container); // before plugins are asked about one that they know to be removed
    container.waitsFor("the plugins");
    set(container, host.plugins().updating(container, asked));
    host.plugins().updated(container);
  }

  private void set(Container container, LinuxContainerResources asked) {
    LinuxContainerResources old = container.resources();
    LinuxContainerResources next = LinuxResources.merge(old, asked);
    Resources.check(next);
    requireKept(container);
    try {
      switch (container.state()) {
        case CREATED -> {
          rewriteScore(container, old, next);
          host.store().update(container, next);
        }
        case RUNNING -> {
          if (!next.equals(old)) {
            applyAndKeep(container, old, next, asked);
          }
        }
        case EXITED, UNKNOWN -> throw ended(container, container.state().name());
      }
    } catch (IOException e) {
      throw CriException.internal(
          "The new limits of container " + container.id() + " cannot be written down, so the old ones stay: " + e.getMessage() + ".", e);
    }
  }

  private void applyAndKeep(
      Container container, LinuxContainerResources old, LinuxContainerResources next, LinuxContainerResources asked)
      throws IOException {
    String cgroup = container.record().cgroup();
    Limits limits = Resources.limits(asked);
    host.cgroups().apply(cgroup, limits);
    if (next.getOomScoreAdj() != old.getOomScoreAdj()) {
      host.cgroups().setOomScoreAdj(cgroup, (int) next.getOomScoreAdj());
    }
    try {
      host.store().update(container, next);
    } catch (IOException e) {
      host.cgroups().apply(cgroup, Resources.limits(old));
      throw e;
    }
  }

  /** Its plan, written when it was created, holds the OOM score that its start sets. */
  private static void rewriteScore(Container container, LinuxContainerResources old, LinuxContainerResources next)
      throws IOException {
    if (next.getOomScoreAdj() == old.getOomScoreAdj()) {
      return;
    }
    Path file = Path.of(container.record().planFile());
    PlanOp score = PlanBuilder.oomScoreAdj(next.getOomScoreAdj());
    List<PlanOp> operations =
        LaunchPlan.decode(Files.readAllBytes(file)).operations().stream()
            .map(operation -> operation instanceof PlanOp.OomScoreAdj ? score : operation)
            .toList();
    PlanWriter.write(new LaunchPlan(operations), file);
  }

  private static void requireKept(Container container) {
    if (container.life().removing()) {
      throw ended(container, "being removed");
    }
  }

  private static CriException ended(Container container, String how) {
    return CriException.precondition(
        "The limits of container " + container.id() + " cannot be changed: it is " + how + ".");
  }
}
