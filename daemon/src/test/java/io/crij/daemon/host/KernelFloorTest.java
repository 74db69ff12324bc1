package io.crij.daemon.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelFloorTest {
  private record Kernel(String release, Set<Feature> features) implements KernelFacts {
    @Override
    public boolean has(Feature feature) {
      return features.contains(feature);
    }
  }

  @Test
  void aKernelWithEverythingIsFit() throws Exception {
    assertThat(KernelFloor.missing(new Kernel("5.14.0-362.el9.x86_64", EnumSet.allOf(KernelFacts.Feature.class)))).isEmpty();
    assertThat(KernelFloor.missing(new Kernel("6.1.0-9-amd64", EnumSet.allOf(KernelFacts.Feature.class)))).isEmpty();
  }

  @Test
  void everythingThatIsMissingIsNamed() throws Exception {
    Set<KernelFacts.Feature> features =
        EnumSet.complementOf(EnumSet.of(KernelFacts.Feature.OVERLAY, KernelFacts.Feature.MOUNT_SETATTR));
    assertThat(KernelFloor.missing(new Kernel("5.4.0-generic", features)))
        .containsExactly(
            "Linux 5.14 or newer (this is 5.4.0-generic)",
            "mount_setattr(2)",
            "the overlay filesystem (try: modprobe overlay)");
  }
}
