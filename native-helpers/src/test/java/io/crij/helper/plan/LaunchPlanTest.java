package io.crij.helper.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.helper.plan.PlanOp.Arg;
import io.crij.helper.plan.PlanOp.Cwd;
import io.crij.helper.plan.PlanOp.Device;
import io.crij.helper.plan.PlanOp.Enter;
import io.crij.helper.plan.PlanOp.Env;
import io.crij.helper.plan.PlanOp.Hold;
import io.crij.helper.plan.PlanOp.Ids;
import io.crij.helper.plan.PlanOp.Mask;
import io.crij.helper.plan.PlanOp.Mount;
import io.crij.helper.plan.PlanOp.Pivot;
import io.crij.helper.plan.PlanOp.Root;
import io.crij.helper.plan.PlanOp.Source;
import io.crij.helper.plan.PlanOp.Sysctl;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LaunchPlanTest {
  private static final Source SOURCE = new Source(0, "/rootfs", false, SourceNeeds.ANYTHING);
  private static final Root ROOT = new Root(0, Set.of(), Propagation.SLAVE);
  private static final Enter ENTER = new Enter(true);
  private static final Pivot PIVOT = new Pivot(false);
  private static final Arg ARG = new Arg("/bin/true");

  @TempDir Path scratch;

  @Test
  void aPlanIsEncodedByteForByteAsThePageSays() throws IOException {
    byte[] encoded = new LaunchPlan(List.of(SOURCE, ENTER, ROOT, PIVOT, ARG)).encode();
    assertThat(HexFormat.of().formatHex(encoded)).isEqualTo(golden("smallest-plan.hex").replaceAll("#.*|\\s", ""));
  }

  @Test
  void everyOperationIsReadAsItWasWritten() {
    LaunchPlan plan = SamplePlan.everyOperation();
    assertThat(plan.operations().stream().map(Object::getClass).distinct())
        .hasSize(PlanOp.class.getPermittedSubclasses().length - 1); // of Pivot and Runtime a plan has one
    byte[] encoded = plan.encode();
    assertThat(LaunchPlan.decode(encoded)).isEqualTo(plan);
    assertThat(LaunchPlan.decode(encoded).encode()).isEqualTo(encoded);
  }

  @Test
  void aRuntimeStandsForThePivotInABundle() {
    List<PlanOp> runtime = List.of(SOURCE, new Enter(false, "/bundle"), ROOT, SamplePlan.runtime(), ARG);
    LaunchPlan plan = new LaunchPlan(runtime);
    assertThat(LaunchPlan.decode(plan.encode())).isEqualTo(plan);
    assertThatThrownBy(() -> new LaunchPlan(List.of(SOURCE, ENTER, ROOT, SamplePlan.runtime(), ARG)).encode()).hasMessageContaining("needs a bundle");
    assertThatThrownBy(() -> new LaunchPlan(List.of(SOURCE, new Enter(false, "/bundle"), ROOT, SamplePlan.runtime(), PIVOT, ARG)).encode())
        .hasMessageContaining("phase");
    PlanOp.Runtime relative = new PlanOp.Runtime(List.of(), "", 1, List.of("runc"), List.of("/r"), List.of("/r"), List.of(), List.of(), List.of(), List.of(), List.of(), false);
    assertThatThrownBy(() -> new LaunchPlan(List.of(SOURCE, new Enter(false, "/bundle"), ROOT, relative, ARG)).encode()).hasMessageContaining("not absolute");
    PlanOp.Runtime partly = new PlanOp.Runtime(List.of(), "", 1, List.of("/r"), List.of(), List.of("/r"), List.of(), List.of(), List.of(), List.of(), List.of(), false);
    assertThatThrownBy(() -> new LaunchPlan(List.of(SOURCE, new Enter(false, "/bundle"), ROOT, partly, ARG)).encode()).hasMessageContaining("missing");
  }

  @Test
  void aPlanIsPrintedWithoutTheValuesOfItsEnvironment() throws IOException {
    assertThat(PlanPrinter.print(SamplePlan.everyOperation(), false)).isEqualTo(golden("every-operation.txt"));
    assertThat(PlanPrinter.print(SamplePlan.everyOperation(), true)).contains("hunter2");
    assertThat(PlanJson.text(SamplePlan.everyOperation(), false)).doesNotContain("hunter2").contains("\"PASSWORD\"");
  }

  @Test
  void controlCharactersDoNotReachTheTerminal() {
    String printed = PlanPrinter.print(plan(new Arg("a\u001b[2Jb")), true);
    assertThat(printed).doesNotContain("\u001b").contains("'a\\u001b[2Jb'");
  }

  @Test
  void damagedBytesAreRefusedAndNeverCrash() {
    byte[] good = SamplePlan.everyOperation().encode();
    Random random = new Random(7);
    for (int round = 0; round < 20_000; round++) {
      byte[] bad = Arrays.copyOf(good, random.nextInt(10) == 0 ? random.nextInt(good.length) : good.length);
      for (int flips = random.nextInt(3); flips >= 0 && bad.length > 0; flips--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      try {
        LaunchPlan.decode(bad).encode();
      } catch (CriException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.DATA_LOSS);
      }
    }
  }

  static Stream<List<PlanOp>> brokenPlans() {
    return Stream.of(
        List.of(),
        List.of(ENTER, ROOT, PIVOT, ARG),
        List.of(SOURCE, ROOT, PIVOT, ARG),
        List.of(SOURCE, ENTER, PIVOT, ARG),
        List.of(SOURCE, ENTER, ROOT, ARG),
        List.of(SOURCE, ENTER, ROOT, PIVOT),
        List.of(SOURCE, SOURCE, ENTER, ROOT, PIVOT, ARG),
        List.of(SOURCE, ENTER, ENTER, ROOT, PIVOT, ARG),
        List.of(SOURCE, ENTER, new Mask("/proc/kcore"), ROOT, PIVOT, ARG),
        List.of(SOURCE, ENTER, ROOT, PIVOT, ARG, new Mask("/proc/kcore")),
        with(mount(0)),
        with(mount(1)),
        with(new Mask("proc/kcore")),
        with(new Mask("/" + "x".repeat(4096))),
        with(new Mask("/a\0b")),
        with(new Device("/etc/null", DeviceType.CHARACTER, 1, 3, 0666, 0, 0)),
        with(new Device("/dev/../etc/null", DeviceType.CHARACTER, 1, 3, 0666, 0, 0)),
        with(new Sysctl("", "1")),
        after(new Hold("late")),
        with(new Hold("")),
        with(new Hold("x".repeat(65))),
        with(new Hold("x", 0)),
        with(new Hold("x", 600_001)),
        after(new Env("", "x")),
        after(new Env("A=B", "x")),
        after(new Env("A", "\0")),
        after(new Ids(-1, 0, List.of())),
        after(new Ids(0, 1L << 32, List.of())),
        List.of(SOURCE, ENTER, ROOT, PIVOT, ARG, new Cwd("/"), new Cwd("/")),
        many(),
        after(new Arg("x".repeat(LaunchPlan.MAX_BODY_BYTES))));
  }

  @ParameterizedTest
  @MethodSource("brokenPlans")
  void aPlanThatBreaksARuleIsNotEncoded(List<PlanOp> operations) {
    LaunchPlan plan = new LaunchPlan(operations);
    assertThatThrownBy(plan::encode)
        .isInstanceOfSatisfying(
            CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContaining("launch plan");
  }

  @Test
  void aBrokenRuleNamesItsOperation() {
    LaunchPlan plan = new LaunchPlan(with(new Mask("proc/kcore")));
    assertThatThrownBy(plan::encode).hasMessage("Operation 3 of the launch plan (Mask) is not allowed: a path is not absolute.");
  }

  @Test
  void aPlanFileIsReadOnlyAndReplacedAsAWhole() throws IOException {
    Path file = scratch.resolve("plan");
    PlanWriter.write(plan(ARG), file);
    PlanWriter.write(SamplePlan.everyOperation(), file);
    assertThat(LaunchPlan.decode(Files.readAllBytes(file))).isEqualTo(SamplePlan.everyOperation());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("r--------");
    try (Stream<Path> files = Files.list(scratch)) {
      assertThat(files).containsExactly(file);
    }
  }

  private static Mount mount(int slot) {
    return new Mount(slot, "/mnt", Set.of(), false, Propagation.PRIVATE, TargetKind.FOLDER);
  }

  private static LaunchPlan plan(PlanOp last) {
    return new LaunchPlan(List.of(SOURCE, ENTER, ROOT, PIVOT, last));
  }

  private static List<PlanOp> with(PlanOp inSeed) {
    return List.of(SOURCE, ENTER, ROOT, inSeed, PIVOT, ARG);
  }

  private static List<PlanOp> after(PlanOp inContainer) {
    return List.of(SOURCE, ENTER, ROOT, PIVOT, ARG, inContainer);
  }

  private static List<PlanOp> many() {
    List<PlanOp> operations = new ArrayList<>(List.of(SOURCE, ENTER, ROOT, PIVOT));
    operations.addAll(Collections.nCopies(LaunchPlan.MAX_OPERATIONS, ARG));
    return operations;
  }

  private static String golden(String name) throws IOException {
    try (InputStream in = LaunchPlanTest.class.getResourceAsStream(name)) {
      assertThat(in).as(name).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
