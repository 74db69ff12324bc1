package io.crij.container.hooks;

import io.crij.core.CriException;
import io.crij.core.JoinedWork;
import io.crij.core.ObjectId;
import io.crij.helper.HoldListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hooks of containers over their life, but for those that the container's own process runs. */
public final class ContainerHooks {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerHooks.class);

  private final HookPrograms programs;
  private final Function<ObjectId, Path> folders;
  private final ThreadFactory threads;
  private final JoinedWork<ObjectId, Boolean> endings;

  /** @param folders of the containers' records */
  public ContainerHooks(HookPrograms programs, Function<ObjectId, Path> folders, ThreadFactory threads) {
    this.programs = programs;
    this.folders = folders;
    this.threads = threads;
    this.endings = new JoinedWork<>(threads, id -> "the hooks of container " + id);
  }

  /** Keeps the hooks of a new container; its folder exists. */
  public void made(ObjectId id, HookRecord record) throws IOException {
    record.write(folders.apply(id));
  }

  /** For the hold of {@link HookedPlan}; from now on the container's end is told to its hooks. */
  public HoldListener starting(ObjectId id) {
    HookRecord record = find(id).orElse(null);
    if (record == null) {
      return HoldListener.NONE;
    }
    due(id, record, true);
    return held -> {
      HookState state = record.state(id.hex(), "creating");
      for (HookStage stage : new HookStage[] {HookStage.PRESTART, HookStage.CREATE_RUNTIME}) {
        for (Hook hook : record.hooks().at(stage)) {
          programs.beside(stage, hook, state, held.pid(), record.bundle());
        }
      }
    };
  }

  /** Runs the poststart hooks; one that fails is no reason to end what runs. */
  public void started(ObjectId id, int pid) {
    find(id).ifPresent(record -> runAll(id, record, HookStage.POSTSTART, record.state(id.hex(), "running"), pid));
  }

  /** The container has ended, and so have its processes: returns at once. */
  public void ended(ObjectId id) {
    threads
        .newThread(
            () -> {
              try {
                afterEnd(id);
              } catch (CriException e) {
                LOG.warn("The poststop hooks of container {} did not run: {}", id, e.getMessage());
              }
            })
        .start();
  }

  /** Returns when the poststop hooks of an ended container have run, once for each of its starts, whoever saw it end. */
  public void afterEnd(ObjectId id) {
    if (find(id).filter(HookRecord::due).isPresent()) {
      endings.run(id, "ended", () -> runDue(id));
    }
  }

  private boolean runDue(ObjectId id) {
    HookRecord record = find(id).filter(HookRecord::due).orElse(null);
    if (record == null) {
      return false;
    }
    runAll(id, record, HookStage.POSTSTOP, record.state(id.hex(), "stopped"), 0);
    due(id, record, false);
    return true;
  }

  private void runAll(ObjectId id, HookRecord record, HookStage stage, HookState state, int pid) {
    for (Hook hook : record.hooks().at(stage)) {
      try {
        programs.onNode(stage, hook, state, pid);
      } catch (CriException e) {
        LOG.warn("Container {}: {}", id, e.getMessage());
      }
    }
  }

  private void due(ObjectId id, HookRecord record, boolean due) {
    if (record.hooks().at(HookStage.POSTSTOP).isEmpty()) {
      return;
    }
    try {
      record.withDue(due).write(folders.apply(id));
    } catch (IOException e) {
      throw CriException.internal("It cannot be written down that the hooks of container " + id + " are " + (due ? "due" : "done") + ": " + e.getMessage() + ".", e);
    }
  }

  private Optional<HookRecord> find(ObjectId id) {
    try {
      return HookRecord.read(folders.apply(id));
    } catch (IOException e) {
      throw CriException.internal("The hooks of container " + id + " cannot be read: " + e.getMessage() + "; remove the container.", e);
    }
  }
}
