package io.crij.cgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.cgroups.systemd.Scopes;
import io.crij.cgroups.systemd.UnitProperty;
import io.crij.cgroups.systemd.Units;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What systemd does with units, and so what the tests' systemd in memory has to do: both run these. */
@NullUnmarked
abstract class UnitsContract {
  private static final long MIB = 1 << 20;

  final String slice = "critest-pod" + ObjectId.random().hex() + ".slice";
  final String scope = Scopes.unit(ObjectId.random());

  abstract Units units();

  /** A process that lives until {@link #endProcesses} or the test ends. */
  abstract int process();

  /** Ends the processes of a scope, and returns when they are gone. */
  abstract void endProcesses(String unit);

  @AfterEach
  void nothingIsLeft() {
    units().stop(scope);
    units().stop(slice);
    assertThat(units().list(List.of(scope, slice))).isEmpty();
  }

  @Test
  void aSliceIsListedWithItsDescriptionAndMayBeThereAlready() {
    startSlice("first");
    startSlice("second");
    assertThat(units().list(List.of("critest-*.slice"))).containsExactly(new Units.Unit(slice, "first"));
    assertThat(units().list(List.of("critest-*.scope"))).isEmpty();
  }

  @Test
  void aScopeIsThereOnce() {
    startScope();
    assertThat(units().list(List.of("crij-*.scope"))).contains(new Units.Unit(scope, "a scope"));
    assertRefused(this::startScope, scope);
  }

  @Test
  void propertiesAreSetOnWhatIsThere() {
    startScope();
    assertThatCode(() -> units().set(scope, List.of(new UnitProperty.Number("MemoryMax", 32 * MIB)))).doesNotThrowAnyException();
    assertThatCode(() -> units().set(scope, List.of())).doesNotThrowAnyException();
    units().stop(scope);
    assertRefused(() -> units().set(scope, List.of(new UnitProperty.Number("MemoryMax", MIB))), scope);
  }

  @Test
  void aStoppedUnitIsForgottenAndAnotherStopIsFine() {
    startScope();
    units().stop(scope);
    assertThat(units().list(List.of(scope))).isEmpty();
    assertThatCode(() -> units().stop(scope)).doesNotThrowAnyException();
    assertThatCode(this::startScope).as("the name is free").doesNotThrowAnyException();
  }

  @Test
  void aScopeEndsWithItsProcesses() throws InterruptedException {
    startScope();
    endProcesses(scope);
    // systemd hears of it from the kernel.
    for (int i = 0; i < 3000 && !units().list(List.of(scope)).isEmpty(); i++) {
      Thread.sleep(20);
    }
    assertThat(units().list(List.of(scope))).isEmpty();
  }

  @Test
  void oneUnitMayBeStoppedByManyAtOnce() throws Exception {
    startScope();
    assertThat(atOnce(20, () -> units().stop(scope))).isEmpty();
    assertThat(units().list(List.of(scope))).isEmpty();
  }

  @Test
  void oneSliceMayBeStartedByManyAtOnce() throws Exception {
    assertThat(atOnce(20, () -> startSlice("a slice"))).isEmpty();
    assertThat(units().list(List.of(slice))).hasSize(1);
  }

  @Test
  void aClosedConnectionIsOpenedAgain() {
    startSlice("a slice");
    units().close();
    assertThat(units().list(List.of(slice))).hasSize(1);
    units().stop(slice);
  }

  void startSlice(String description) {
    units().start(slice, List.of(new UnitProperty.Text("Description", description), new UnitProperty.Flag("DefaultDependencies", false)));
  }

  void startScope() {
    startSlice("a slice");
    units().start(
        scope,
        List.of(
            new UnitProperty.Text("Description", "a scope"),
            new UnitProperty.Text("Slice", slice),
            new UnitProperty.Processes("PIDs", List.of(process())),
            new UnitProperty.Flag("Delegate", true),
            new UnitProperty.Flag("DefaultDependencies", false),
            new UnitProperty.Text("CollectMode", "inactive-or-failed"),
            new UnitProperty.Number("MemoryMax", 64 * MIB)));
  }

  static void assertRefused(Runnable call, String words) {
    assertThatThrownBy(call::run)
        .hasMessageContaining(words)
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL));
  }

  /** What was thrown. */
  private static List<Throwable> atOnce(int times, Runnable call) throws InterruptedException {
    List<Future<?>> calls = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < times; i++) {
        calls.add(threads.submit(call));
      }
    }
    return calls.stream().filter(made -> made.state() == Future.State.FAILED).map(Future::exceptionNow).toList();
  }
}
