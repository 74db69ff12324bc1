package io.crij.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class PeerGateTest {
  private final PeerGate gate = new PeerGate(Set.of(998));

  @Test
  void rootAndAllowedGroupsMayUseTheSocket() {
    assertThat(gate.allows(0, new int[] {0})).isTrue();
    assertThat(gate.allows(1000, new int[] {1000, 998})).isTrue();
  }

  @Test
  void othersMayNot() {
    assertThat(gate.allows(1000, new int[] {1000})).isFalse();
    assertThat(gate.allows(998, new int[] {})).isFalse();
    assertThat(new PeerGate(Set.of()).allows(1, new int[] {0})).isFalse();
  }
}
