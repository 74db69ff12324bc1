package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.cgroups.DeviceRules;
import io.crij.cgroups.Limits;
import io.crij.container.launch.CgroupFacts;
import io.crij.container.hooks.HookPrograms;
import io.crij.container.hooks.HooksFolders;
import io.crij.container.hooks.NodeHooks;
import io.crij.container.launch.DevFolder;
import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.cri.ContainerConfig;
import io.crij.cri.LinuxContainerResources;
import io.crij.helper.ForeignPaths;
import io.crij.helper.PidMode;
import io.crij.helper.ProgramRunner;
import io.crij.sandbox.ReadySandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class StopsTest {
  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger kills = new AtomicInteger();
  private final AtomicInteger signals = new AtomicInteger();
  private final CountDownLatch waiting = new CountDownLatch(1);
  private final AtomicBoolean monitorHangs = new AtomicBoolean();
  private ContainerHost host;
  private Container container;

  @BeforeEach
  void makeRunningContainer(@TempDir Path folder) throws IOException {
    ContainerStore store = new ContainerStore(folder);
    host =
        new ContainerHost(
            new ContainerHost.Parts(
                store, new NoPod(), new TestImages(folder, Set.of()), new KillOnly(), new NoPaths(), new DevFolder(folder),
                new NoProfiles(), new NodeFacts(0, false, false), new Clock(),
                new NodeHooks(new HookPrograms(StopsTest::noHook, Path.of("/none")), HooksFolders.NONE)));
    ObjectId id = ObjectId.random();
    Files.createDirectory(store.folder(id));
    ContainerRecord record =
        new ContainerRecord(
            id.hex(), ObjectId.random().hex(), "", "", new ContainerRecord.Image("i", "i", "i", List.of()),
            new ContainerRecord.User(0, 0, List.of()), 1, "", "/g", "/p", PidMode.OWN, "", "SIGNAL_SIGTERM", 15,
            Life.CREATED.started(7, 8, 9));
    container = store.add(record, ContainerConfig.getDefaultInstance(), LinuxContainerResources.getDefaultInstance());
  }

  private static ProgramRunner.Outcome noHook(ProgramRunner.Program program) {
    throw new AssertionError("no container here has hooks, and " + program.file() + " is run");
  }

  @Test
  void withoutGraceItIsKilledAtOnceAndNotSignalled() {
    host.stops().stop(container, Duration.ZERO);
    assertThat(kills).hasValue(1);
    assertThat(signals).hasValue(0);
    assertThat(container.life().exitCode()).isEqualTo(137);
  }

  @Test
  void aShorterDeadlineHoldsAndTheSignalIsNotSentAgain() throws Exception {
    CompletableFuture<Void> first = CompletableFuture.runAsync(() -> host.stops().stop(container, Duration.ofHours(1)));
    assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(kills).hasValue(0);
    host.stops().stop(container, Duration.ZERO);
    first.get(10, TimeUnit.SECONDS);
    assertThat(kills).hasValue(1);
    assertThat(signals).hasValue(1);
    assertThat(now).hasValue(0);
  }

  @Test
  void oneThatEndsByItselfIsNotKilled() throws Exception {
    CompletableFuture<Void> stop = CompletableFuture.runAsync(() -> host.stops().stop(container, Duration.ofHours(1)));
    assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
    host.store().live(container, life -> life.exited(0, 10, false));
    stop.get(10, TimeUnit.SECONDS);
    assertThat(kills).hasValue(0);
    assertThat(container.life().reason()).isEqualTo("Completed");
  }

  @Test
  void oneInAnUnknownStateIsKilledAndEnds() {
    host.store().live(container, Life::unknown);
    host.stops().stop(container, Duration.ZERO);
    assertThat(kills).hasValue(1);
    assertThat(container.state()).isEqualTo(ContainerState.EXITED);
    assertThat(container.life().exitCode()).isEqualTo(255);
  }

  @Test
  void oneWhoseMonitorHangsEndsAllTheSame() {
    monitorHangs.set(true);
    host.stops().stop(container, Duration.ofSeconds(2));
    assertThat(kills).hasValue(1);
    assertThat(container.state()).isEqualTo(ContainerState.EXITED);
    assertThat(container.life().exitCode()).isEqualTo(255);
    assertThat(container.life().message()).contains("did not report");
  }

  @Test
  void anExitThatOvertakesItsStartStaysAnExit() {
    Life life = Life.CREATED.exited(3, 50, false).started(7, 8, 40);
    assertThat(life.state()).isEqualTo(ContainerState.EXITED);
    assertThat(life.startedAtNanos()).isEqualTo(40);
    assertThat(life.exited(0, 60, false)).isEqualTo(life);
  }

  /** Time stands still: whoever waits is woken by a change alone. Where no change can come it passes at once. */
  private final class Clock implements StopClock {
    @Override
    public long now() {
      return now.get();
    }

    @Override
    public void await(Condition condition, long nanos) throws InterruptedException {
      waiting.countDown();
      if (monitorHangs.get()) {
        now.addAndGet(nanos);
      } else {
        condition.await();
      }
    }
  }

  private final class NoPod implements Pods {
    @Override
    public List<ObjectId> all() {
      return List.of();
    }

    @Override
    public ReadySandbox ready(String idOrPrefix) {
      signals.incrementAndGet();
      throw CriException.precondition("there is no pod here");
    }

    @Override
    public Path runFolder(ObjectId id) {
      return Path.of("/nonexistent");
    }
  }

  private final class KillOnly implements ContainerCgroups {
    @Override
    public CgroupFacts facts(String path) {
      return new CgroupFacts(false, Map.of(), List.of(), null);
    }

    @Override
    public void create(String path, Limits limits, DeviceRules devices) {}

    @Override
    public void enclose(String path, int pid, String description, Limits limits, DeviceRules devices) {}

    @Override
    public void endStrayScopes(Predicate<ObjectId> isKnown) {}

    @Override
    public void apply(String path, Limits limits) {}

    @Override
    public void setOomScoreAdj(String path, int value) {}

    @Override
    public void killAll(String path, Duration deadline) {
      kills.incrementAndGet();
      if (container.state() == ContainerState.RUNNING && !monitorHangs.get()) {
        host.store().live(container, life -> life.exited(137, 20, false));
      }
    }

    @Override
    public void found(String path) {}

    @Override
    public OptionalLong oomKills(String path) {
      return OptionalLong.of(0);
    }

    @Override
    public void delete(String path) {}

    @Override
    public Map<String, Path> folders(String path) {
      return Map.of();
    }
  }

  private static final class NoPaths implements ForeignPaths {
    @Override
    public PathFacts stat(String path, Duration deadline) throws IOException {
      throw new IOException("nothing is looked at here");
    }

    @Override
    public PathFacts mkdirs(String path, Duration deadline) throws IOException {
      throw new IOException("nothing is made here");
    }
  }

  private static final class NoProfiles implements SeccompProfiles {
    @Override
    public String ociProfile(io.crij.helper.plan.Instructions filter) {
      throw new UnsupportedOperationException();
    }

    @Override
    public io.crij.helper.plan.Instructions given(byte[] json, String origin, long capabilities) {
      throw new AssertionError("nothing is compiled here");
    }

    @Override
    public io.crij.helper.plan.Instructions runtimeDefault(long capabilities) {
      throw new AssertionError("nothing is compiled here");
    }

    @Override
    public io.crij.helper.plan.Instructions localhost(Path file, long capabilities) {
      throw new AssertionError("nothing is compiled here");
    }
  }
}
