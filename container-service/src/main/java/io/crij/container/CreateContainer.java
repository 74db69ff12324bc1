package io.crij.container;

import io.crij.container.oci.OciBundle;
import io.crij.container.oci.OciRuntime;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.JoinedWork;
import io.crij.core.Journal;
import io.crij.core.ObjectId;
import io.crij.core.Printable;
import io.crij.core.Undo;
import io.crij.cri.ContainerConfig;
import io.crij.cri.CreateContainerRequest;
import io.crij.cri.CreateContainerResponse;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanWriter;
import io.crij.helper.syscall.TreeRemoval;
import io.crij.image.LocalImage;
import io.crij.nri.api.ContainerAdjustment;
import io.crij.sandbox.ReadySandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Makes a container without starting anything in it: everything that can be refused is refused here, and the plan that a start
 * executes is written.
 */
public final class CreateContainer {
  private final ContainerHost host;
  private final HooksOfContainer hooks;
  private final JoinedWork<ContainerName, CreateContainerResponse> work;

  public CreateContainer(ContainerHost host) {
    this.host = host;
    this.hooks = new HooksOfContainer(host);
    this.work = new JoinedWork<>(host.threads(), ContainerName::toString);
  }

  /**
   * @throws CriException NOT_FOUND for an unknown pod or image; FAILED_PRECONDITION if the pod is not ready; INVALID_ARGUMENT
   *     naming the field; ALREADY_EXISTS for a name that another container of the pod has
   */
  public CreateContainerResponse run(CreateContainerRequest request) {
    ContainerConfig config = request.getConfig();
    if (config.getMetadata().getName().isEmpty()) {
      throw CriException.invalid("config.metadata.name: a container needs a name.");
    }
    if (config.getImage().getImage().isEmpty()) {
      throw CriException.invalid("config.image.image: a container needs an image.");
    }
    ReadySandbox pod = host.pods().ready(request.getPodSandboxId());
    ContainerName name = ContainerName.of(pod.id(), config.getMetadata());
    ObjectId id = ObjectId.random();
    return work.run(
        name,
        request,
        () ->
            host.journal()
                .keep(pod.name(), "CreateContainer", Container.label(name.name(), id), stages -> create(id, config, pod, name, stages)));
  }

  private CreateContainerResponse create(ObjectId id, ContainerConfig config, ReadySandbox pod, ContainerName name, Journal.Work stages) {
    try (Undo undo = new Undo()) {
      stages.enters("image");
      host.store().reserve(name, id);
      undo.add("name", () -> host.store().release(name, id));
      LocalImage image = host.images().acquire(id, config.getImage().getImage());
      undo.add("image", () -> host.images().release(id));
      if (image.isArtifact()) {
        throw new CriException(
            ErrorCode.FAILED_PRECONDITION,
            "config.image.image: '" + Printable.of(config.getImage().getImage()) + "' is an OCI artifact of type " + Printable.of(image.artifactType())
                + ", which says nothing to run: no container can be made of it; mount it as an image volume.");
      }
      host.images().checkTrust(image, namespace(pod), config.getImage().getUserSpecifiedImage());
      stages.enters("plan");
      ContainerDraft asked = ContainerDraft.of(host, id, config, pod, image, ImageVolumes.acquire(host.images(), id, config, namespace(pod)));
      stages.enters("plugins");
      undo.add("plugins", () -> host.plugins().notMade(asked));
      ContainerDraft draft = adjusted(asked, host.plugins().creating(asked), config, pod, image);

      stages.enters("files");
      Path folder = host.store().folder(id);
      Files.createDirectory(folder);
      undo.add("folder", () -> TreeRemoval.remove(folder));
      WritableLayer.make(draft.layers(), image.root(), draft.volumes(), pod.modes().user());
      Path planFile = Path.of(draft.record().planFile());
      writePlan(launched(draft, pod, undo), planFile, undo);
      stages.enters("record");
      Container container = host.store().add(draft.record(), draft.config(), draft.config().getLinux().getResources());
      undo.add("record", () -> host.store().forget(container));
      // A stop of the pod that began meanwhile may have looked for containers before this one could be seen.
      host.pods().ready(pod.id().hex());
      host.store().created(container);
      undo.commit();
      host.plugins().created(container);
    } catch (IOException e) {
      throw CriException.internal(
          "The files of " + name + " cannot be made: " + e.getMessage() + "; is the disk full?", e);
    }
    return CreateContainerResponse.newBuilder().setContainerId(id.hex()).build();
  }

  /** The container as plugins want to have it: made from the beginning again, so that all of it is checked as a request is. */
  private ContainerDraft adjusted(
      ContainerDraft asked, ContainerAdjustment adjustment, ContainerConfig config, ReadySandbox pod, LocalImage image) {
    if (adjustment.equals(ContainerAdjustment.getDefaultInstance())) {
      return asked;
    }
    ObjectId id = asked.record().objectId();
    ContainerConfig adjusted = AdjustedConfig.of(config, adjustment, host.devices());
    return ContainerDraft.of(host, id, adjusted, pod, image, ImageVolumes.acquire(host.images(), id, adjusted, namespace(pod)))
        .withPlan(plan -> AdjustedPlan.of(plan, adjustment, host.seccomp()))
        .plus(AdjustedHooks.of(adjustment.getHooks()));
  }

  /** The plan that is executed: that of the draft, unless a runtime of others starts the container. */
  private LaunchPlan launched(ContainerDraft draft, ReadySandbox pod, Undo undo) throws IOException {
    Optional<OciRuntime> runtime = host.runtimes().of(pod.runtimeHandler());
    if (runtime.isEmpty()) {
      return hooks.launched(draft, pod, undo);
    }
    RuntimeLaunch launch = new RuntimeLaunch(host, runtime.get(), pod);
    launch.check(draft.config());
    OciBundle bundle = RuntimeLaunch.bundle(draft.record());
    undo.add("bundle", () -> TreeRemoval.remove(bundle.folder()));
    return launch.write(draft, StartContainer.deviceRules(host, draft.config(), draft.record().user()), bundle);
  }

  private static String namespace(ReadySandbox pod) {
    return pod.config().getMetadata().getNamespace();
  }

  private static void writePlan(LaunchPlan plan, Path file, Undo undo) throws IOException {
    undo.add("plan", () -> Files.deleteIfExists(file));
    try {
      PlanWriter.write(plan, file);
    } catch (CriException e) {
      // The plan's own checks speak of operations; they hold what the request asked for.
      throw new CriException(ErrorCode.INVALID_ARGUMENT, "The container cannot be made as asked for: " + e.getMessage(), e);
    }
  }
}
