package io.crij.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.CriException;
import io.crij.core.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CniResultTest {
  private static final String DUAL =
      """
      {"cniVersion":"1.1.0",
       "interfaces":[{"name":"cni0","mtu":1500},{"name":"eth0","sandbox":"/run/netns/x","mtu":1500,"pciID":"1"}],
       "ips":[{"interface":1,"address":"fd00::5/64"},{"interface":1,"address":"10.1.0.5/16"},
              {"interface":0,"address":"10.1.0.1/16"},{"address":"192.0.2.7/32"}],
       "routes":[{"dst":"0.0.0.0/0","mtu":1400,"table":5}],"dns":{}}
      """;

  private static ObjectNode dual() throws Exception {
    return (ObjectNode) Json.FOREIGN.readTree(DUAL);
  }

  @Test
  void addressesOfThePodKeepTheirOrderAndLoseTheirPrefix() throws Exception {
    assertThat(CniResult.podIps(dual())).containsExactly("fd00::5", "10.1.0.5", "192.0.2.7");
  }

  @Test
  void olderVersionsGetTheFamilyAndNoNewerFields() throws Exception {
    ObjectNode old = CniResult.convert(dual(), "0.4.0");
    assertThat(old.path("cniVersion").asText()).isEqualTo("0.4.0");
    assertThat(old.path("ips").path(0).path("version").asText()).isEqualTo("6");
    assertThat(old.path("ips").path(1).path("version").asText()).isEqualTo("4");
    assertThat(old.path("interfaces").path(1).has("mtu")).isFalse();
    assertThat(old.path("interfaces").path(1).path("sandbox").asText()).isEqualTo("/run/netns/x");
    assertThat(old.path("routes").path(0).has("table")).isFalse();
    assertThat(CniResult.convert(old, "1.0.0").path("ips").path(0).has("version")).isFalse();
    assertThat(CniResult.convert(dual(), "1.1.0")).isEqualTo(dual());
  }

  @ParameterizedTest
  @CsvSource({"1k,1000", "10M,10000000", "1.5G,1500000000", "512Ki,524288", "1e6,1000000", "1P,1000000000000000", "4000,4000"})
  void ratesAreQuantities(String quantity, long bits) {
    assertThat(Bandwidth.parse("a", quantity)).isEqualTo(bits);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "999", "-1M", "10X", "2P", "1e99", "10 M", "M", "0x10", "1E"})
  void whatIsNoRateIsRefused(String quantity) {
    assertThatThrownBy(() -> Bandwidth.parse("kubernetes.io/ingress-bandwidth", quantity))
        .isInstanceOf(CriException.class)
        .hasMessageContaining("kubernetes.io/ingress-bandwidth");
  }
}
