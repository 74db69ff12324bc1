package io.crij.nri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.UnknownFieldSet;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.nri.api.Container;
import io.crij.nri.api.ContainerAdjustment;
import io.crij.nri.api.ContainerUpdate;
import io.crij.nri.api.CreateContainerResponse;
import io.crij.nri.api.Field;
import io.crij.nri.api.KeyValue;
import io.crij.nri.api.LinuxDevice;
import io.crij.nri.api.LinuxNamespace;
import io.crij.nri.api.LinuxPids;
import io.crij.nri.api.LinuxResources;
import io.crij.nri.api.Mount;
import io.crij.nri.api.OptionalInt64;
import io.crij.nri.api.POSIXRlimit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class AdjustmentsTest {
  private static final String FIRST = "00-first";
  private static final String SECOND = "10-second";

  private final Adjustments adjustments =
      new Adjustments(
          Container.newBuilder()
              .setId("c1")
              .addEnv("KEPT=1")
              .addEnv("OLD=1")
              .addArgs("run")
              .putAnnotations("old", "1")
              .addMounts(mount("/data"))
              .build());

  private static Mount mount(String at) {
    return Mount.newBuilder().setDestination(at).setSource("/src" + at).setType("bind").build();
  }

  private static KeyValue env(String key, String value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  private void answer(String plugin, Consumer<ContainerAdjustment.Builder> adjust) {
    CreateContainerResponse.Builder answer = CreateContainerResponse.newBuilder();
    adjust.accept(answer.getAdjustBuilder());
    adjustments.add(answer.build(), plugin);
  }

  private void conflicts(Consumer<ContainerAdjustment.Builder> both, String field) {
    answer(FIRST, both);
    assertThatThrownBy(() -> answer(SECOND, both))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
        .hasMessageContaining(FIRST)
        .hasMessageContaining(SECOND)
        .hasMessageContaining(field);
  }

  @Test
  void withoutAnswersNothingIsAdjusted() {
    answer(FIRST, a -> {});
    assertThat(adjustments.adjustment()).isEqualTo(ContainerAdjustment.getDefaultInstance());
    assertThat(adjustments.updates()).isEmpty();
  }

  @Test
  void theNextPluginSeesTheContainerAsItIsNow() {
    answer(
        FIRST,
        a -> a.addEnv(env("NEW", "2")).addEnv(env("-OLD", "")).addMounts(mount("-/data")).addMounts(mount("/more")).putAnnotations("n", "2").addArgs("walk"));
    Container seen = adjustments.container();
    assertThat(seen.getEnvList()).containsExactly("KEPT=1", "NEW=2");
    assertThat(seen.getMountsList()).extracting(Mount::getDestination).containsExactly("/more");
    assertThat(seen.getAnnotationsMap()).containsEntry("old", "1").containsEntry("n", "2");
    assertThat(seen.getArgsList()).containsExactly("walk");
  }

  @Test
  void whatIsTakenAwayStaysMarkedInTheResult() {
    answer(FIRST, a -> a.addEnv(env("-OLD", "")).putAnnotations("-old", ""));
    assertThat(adjustments.adjustment().getEnvList()).extracting(KeyValue::getKey).containsExactly("-OLD");
    assertThat(adjustments.adjustment().getAnnotationsMap()).containsOnlyKeys("-old");
  }

  @Test
  void eachEntryMayBeSetByOnePlugin() {
    conflicts(a -> a.addEnv(env("X", "1")), "'X' among the env");
  }

  @Test
  void eachFieldMayBeSetByOnePlugin() {
    conflicts(
        a -> a.getLinuxBuilder().getResourcesBuilder().getMemoryBuilder().setLimit(OptionalInt64.newBuilder().setValue(0)),
        "the mem limit");
  }

  @Test
  void differentFieldsOfOneMessageAreNoConflict() {
    answer(FIRST, a -> a.getLinuxBuilder().getResourcesBuilder().getMemoryBuilder().setLimit(OptionalInt64.newBuilder().setValue(5)));
    answer(SECOND, a -> a.getLinuxBuilder().getResourcesBuilder().setPids(LinuxPids.newBuilder().setLimit(7)));
    LinuxResources both = adjustments.adjustment().getLinux().getResources();
    assertThat(both.getMemory().getLimit().getValue()).isEqualTo(5);
    assertThat(both.getPids().getLimit()).isEqualTo(7);
  }

  @Test
  void mountsDevicesLimitsNamespacesAndArgumentsConflictToo() {
    conflicts(a -> a.addMounts(mount("/m")), "mounts");
    conflicts(a -> a.getLinuxBuilder().addDevices(LinuxDevice.newBuilder().setPath("/dev/d")), "devices");
    conflicts(a -> a.addRlimits(POSIXRlimit.newBuilder().setType("RLIMIT_CORE")), "rlimits");
    conflicts(a -> a.getLinuxBuilder().addNamespaces(LinuxNamespace.newBuilder().setType("-network")), "namespace");
    conflicts(a -> a.addArgs("again"), "the args");
  }

  @Test
  void onePluginMayReplaceWhatAnotherSetIfItSaysSo() {
    answer(FIRST, a -> a.addEnv(env("X", "1")).addArgs("first"));
    answer(SECOND, a -> a.addEnv(env("-X", "")).addEnv(env("X", "2")).addArgs("").addArgs("second"));
    assertThat(adjustments.adjustment().getEnvList()).extracting(KeyValue::getKey, KeyValue::getValue)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("-X", ""), org.assertj.core.groups.Tuple.tuple("X", "2"));
    assertThat(adjustments.container().getEnvList()).contains("X=2").doesNotContain("X=1");
    assertThat(adjustments.adjustment().getArgsList()).containsExactly("second");
    // A third one is told of the second, not of the first.
    assertThatThrownBy(() -> answer("20-third", a -> a.addEnv(env("X", "3")))).hasMessageContaining(SECOND).hasMessageNotContaining(FIRST);
  }

  @Test
  void hooksAreAddedUp() {
    answer(FIRST, a -> a.getHooksBuilder().addPrestartBuilder().setPath("/a"));
    answer(SECOND, a -> a.getHooksBuilder().addPrestartBuilder().setPath("/b"));
    assertThat(adjustments.adjustment().getHooks().getPrestartCount()).isEqualTo(2);
    assertThat(adjustments.owners().getOwnersOrThrow("c1").getSimpleOrThrow(Field.OCI_HOOKS_VALUE)).isEqualTo(FIRST + "," + SECOND);
  }

  @Test
  void ownersAreToldToValidators() {
    answer(FIRST, a -> a.addEnv(env("X", "1")).addEnv(env("-OLD", "")));
    assertThat(adjustments.owners().getOwnersOrThrow("c1").getCompoundOrThrow(Field.ENV_VALUE).getOwnersMap())
        .containsEntry("X", FIRST)
        .containsEntry("OLD", "-" + FIRST);
  }

  @Test
  void aFieldOfTheFutureIsRefused() {
    assertThatThrownBy(
            () ->
                answer(
                    FIRST,
                    a ->
                        a.getLinuxBuilder()
                            .setUnknownFields(
                                UnknownFieldSet.newBuilder()
                                    .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                                    .build())))
        .hasMessageContaining("field 99 of LinuxContainerAdjustment");
  }

  @Test
  void updatesOfOthersArePutTogetherAndConflictUnlessTheyCanBeLeft() {
    adjustments.add(updateOf("c2", 10, false), FIRST);
    adjustments.add(updateOf("c2", 20, true), SECOND);
    assertThat(adjustments.updates()).singleElement()
        .satisfies(update -> assertThat(update.getLinux().getResources().getMemory().getLimit().getValue()).isEqualTo(10));
    assertThatThrownBy(() -> adjustments.add(updateOf("c2", 20, false), SECOND)).hasMessageContaining(FIRST);
    assertThatThrownBy(() -> adjustments.add(updateOf("c1", 1, false), SECOND)).hasMessageContaining("while it is being made");
  }

  private static CreateContainerResponse updateOf(String container, long memory, boolean canBeLeft) {
    ContainerUpdate.Builder update = ContainerUpdate.newBuilder().setContainerId(container).setIgnoreFailure(canBeLeft);
    update.getLinuxBuilder().getResourcesBuilder().getMemoryBuilder().setLimit(OptionalInt64.newBuilder().setValue(memory));
    return CreateContainerResponse.newBuilder().addUpdate(update).build();
  }
}
