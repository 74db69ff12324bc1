package io.crij.nri;

import io.crij.nri.api.ContainerAdjustment;
import io.crij.nri.api.ContainerUpdate;
import io.crij.nri.api.CreateContainerResponse;
import io.crij.nri.api.Hook;
import io.crij.nri.api.HugepageLimit;
import io.crij.nri.api.KeyValue;
import io.crij.nri.api.LinuxContainerAdjustment;
import io.crij.nri.api.LinuxDevice;
import io.crij.nri.api.LinuxResources;
import io.crij.nri.api.Mount;
import io.crij.nri.api.OptionalInt64;
import io.crij.nri.wire.WireTargets;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Good messages with a few bytes changed, many times over, in the same order in every run. {@link NriFuzzTest} searches further. */
class NriMutationTest {
  private static final int MUTATIONS = 20_000;

  static Stream<Arguments> targets() {
    return Stream.of(
        target("trunk", WireTargets::trunk, twoMessages()),
        target("answers", NriTargets::answers, answer().toByteArray()),
        target("name", NriTargets::name, "10-topology_aware.v2".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  private static byte[] twoMessages() {
    ByteBuffer bytes = ByteBuffer.allocate(100);
    for (int i = 1; i <= 3; i += 2) {
      bytes.putInt(2).putInt(12).putInt(8).putInt(i).put((byte) 1).put((byte) 0).putShort((short) 7);
      bytes.putInt(2).putInt(6).putInt(8).putShort((short) 9);
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  private static CreateContainerResponse answer() {
    LinuxResources limits =
        LinuxResources.newBuilder()
            .setMemory(io.crij.nri.api.LinuxMemory.newBuilder().setLimit(OptionalInt64.newBuilder().setValue(1 << 20)))
            .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(3))
            .putUnified("memory.high", "5")
            .build();
    ContainerAdjustment.Builder adjust =
        ContainerAdjustment.newBuilder()
            .putAnnotations("-a", "")
            .putAnnotations("b", "c")
            .addMounts(Mount.newBuilder().setDestination("/x").setSource("/y").setType("bind").addOptions("ro"))
            .addMounts(Mount.newBuilder().setDestination("-/z"))
            .addEnv(KeyValue.newBuilder().setKey("A").setValue("1"))
            .addEnv(KeyValue.newBuilder().setKey("-A"))
            .addArgs("")
            .addArgs("sleep")
            .setLinux(
                LinuxContainerAdjustment.newBuilder()
                    .addDevices(LinuxDevice.newBuilder().setPath("/dev/x").setType("c").setMajor(1).setMinor(3))
                    .setResources(limits)
                    .putSysctl("-kernel.x", "")
                    .putSysctl("kernel.x", "1"));
    adjust.getHooksBuilder().addPrestart(Hook.newBuilder().setPath("/bin/true"));
    ContainerUpdate.Builder update = ContainerUpdate.newBuilder().setContainerId("c2").setIgnoreFailure(true);
    update.getLinuxBuilder().setResources(limits);
    return CreateContainerResponse.newBuilder().setAdjust(adjust).addUpdate(update).build();
  }

  @ParameterizedTest
  @MethodSource("targets")
  void onlyExpectedRefusalsComeOut(Consumer<byte[]> target, byte[] seed) {
    Random random = new Random(20261121);
    target.accept(seed);
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] mutated = random.nextInt(4) == 0 ? Arrays.copyOf(seed, random.nextInt(seed.length + 1)) : seed.clone();
      for (int changes = 1 + random.nextInt(6); changes > 0 && mutated.length > 0; changes--) {
        mutated[random.nextInt(mutated.length)] = (byte) (random.nextBoolean() ? random.nextInt(256) : random.nextInt(16));
      }
      try {
        target.accept(mutated);
      } catch (RuntimeException | Error e) {
        throw new AssertionError("mutation " + i + " came out as " + e + ": " + HexFormat.of().formatHex(mutated), e);
      }
    }
  }

  private static Arguments target(String name, Consumer<byte[]> target, byte[] seed) {
    return Arguments.of(Named.of(name, target), seed);
  }
}
