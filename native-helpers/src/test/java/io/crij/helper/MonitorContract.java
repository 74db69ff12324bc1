package io.crij.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.ObjectId;
import io.crij.helper.syscall.Errno;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every monitor does, the real one and the one in memory. */
abstract class MonitorContract {
  record Exit(long sequence, ObjectId container, int code, long finishedAtNs) {}

  /** Collects what a watch brings. */
  static final class Exits implements ExitListener {
    private final BlockingQueue<Exit> exits = new LinkedBlockingQueue<>();
    private final BlockingQueue<ObjectId> gone = new LinkedBlockingQueue<>();

    @Override
    public void exited(long sequence, ObjectId container, int exitCode, long finishedAtNs) {
      exits.add(new Exit(sequence, container, exitCode, finishedAtNs));
    }

    @Override
    public void monitorGone(ObjectId pod) {
      gone.add(pod);
    }

    Exit next() throws InterruptedException {
      Exit exit = exits.poll(60, TimeUnit.SECONDS);
      assertThat(exit).as("an exit within 20 s").isNotNull();
      return exit;
    }

    ObjectId nextGone() throws InterruptedException {
      ObjectId pod = gone.poll(60, TimeUnit.SECONDS);
      assertThat(pod).as("a lost monitor within 20 s").isNotNull();
      return pod;
    }
  }

  private static final int SIGKILL = 9;

  /** A new connection to the one monitor of this test, whose pod is not set up yet. */
  abstract Monitor connect();

  abstract PodSetup setup();

  /** A container that runs until it is killed. */
  abstract StartRequest sleeper(ObjectId container);

  @Test
  void aPodIsSetUpOnce() {
    try (Monitor monitor = connect()) {
      assertThat(monitor.hello().setUp()).isFalse();
      monitor.setUp(setup());
      assertThat(monitor.hello().setUp()).isTrue();
      assertThat(monitor.hello().pod()).isEqualTo(monitor.pod());
      assertThatThrownBy(() -> monitor.setUp(setup()))
          .isInstanceOfSatisfying(LaunchFailure.class, e -> assertThat(e.errnoName()).isEqualTo("EALREADY"));
    }
  }

  @Test
  void anExitIsToldUntilItIsAcknowledged() throws InterruptedException {
    ObjectId container = ObjectId.random();
    try (Monitor monitor = connect()) {
      monitor.setUp(setup());
      Monitor.Started started = monitor.start(sleeper(container));
      assertThat(started.pid()).isPositive();
      assertThat(monitor.status())
          .singleElement()
          .satisfies(
              state -> {
                assertThat(state.container()).isEqualTo(container);
                assertThat(state.running()).isTrue();
                assertThat(state.pid()).isEqualTo(started.pid());
                assertThat(state.startTicks()).isEqualTo(started.startTicks());
                assertThat(state.startedAtNs()).isEqualTo(started.startedAtNs());
              });
      Exits exits = new Exits();
      monitor.watch(exits);
      monitor.kill(container, SIGKILL);
      Exit exit = exits.next();
      assertThat(exit.container()).isEqualTo(container);
      assertThat(exit.code()).isEqualTo(128 + SIGKILL);
      assertThat(exit.finishedAtNs()).isGreaterThanOrEqualTo(started.startedAtNs());
    }
    try (Monitor again = connect()) {
      Exits exits = new Exits();
      again.watch(exits);
      Exit exit = exits.next();
      assertThat(exit.container()).isEqualTo(container);
      again.ack(exit.sequence());
      assertThat(again.status()).singleElement().satisfies(state -> assertThat(state.exitCode()).isEqualTo(137));
      again.forget(container);
      again.forget(container);
      assertThat(again.status()).isEmpty();
    }
    try (Monitor last = connect()) {
      Exits exits = new Exits();
      last.watch(exits);
      ObjectId second = ObjectId.random();
      last.start(sleeper(second));
      last.kill(second, SIGKILL);
      assertThat(exits.next().container()).as("the new exit, not the acknowledged one").isEqualTo(second);
      assertThat(exits.exits).isEmpty();
    }
  }

  @Test
  void whatDoesNotRunCannotBeKilledAndWhatRunsCannotBeForgotten() {
    ObjectId container = ObjectId.random();
    try (Monitor monitor = connect()) {
      monitor.setUp(setup());
      assertThatThrownBy(() -> monitor.kill(container, SIGKILL))
          .isInstanceOfSatisfying(LaunchFailure.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESRCH));
      monitor.start(sleeper(container));
      assertThatThrownBy(() -> monitor.forget(container))
          .isInstanceOfSatisfying(LaunchFailure.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY));
      assertThatThrownBy(() -> monitor.start(sleeper(container)))
          .isInstanceOfSatisfying(LaunchFailure.class, e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST));
      assertThat(monitor.status()).hasSize(1);
    }
  }

  @Test
  void afterAShutdownNobodyAnswers() {
    try (Monitor monitor = connect()) {
      monitor.setUp(setup());
      monitor.start(sleeper(ObjectId.random()));
      monitor.shutdown();
    }
    assertThatThrownBy(this::connect).isInstanceOf(MonitorGone.class);
  }

  static ExecRequest execOf(StartRequest start, long maxBytes, String... argv) {
    return new ExecRequest(
        start.container(),
        start.plan(),
        List.of(argv),
        Set.of(),
        null,
        null,
        Map.of(),
        maxBytes,
        Duration.ofMillis(100));
  }
}
