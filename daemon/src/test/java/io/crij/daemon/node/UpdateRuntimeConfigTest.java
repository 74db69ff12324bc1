package io.crij.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.NetworkConfig;
import io.crij.cri.RuntimeConfig;
import io.crij.cri.UpdateRuntimeConfigRequest;
import io.crij.daemon.config.Config;
import io.crij.netns.NetworkStatus;
import io.crij.netns.PodNetwork;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpdateRuntimeConfigTest {
  private static final String TEMPLATE =
      """
      {"name": "n", "subnet": "{{.PodCIDR}}",
       "ranges": [{{range $i, $range := .PodCIDRRanges}}{{if $i}}, {{end}}[{"subnet": "{{$range}}"}]{{end}}],
       "routes": [{{ range $i, $route := .Routes }}{{ if $i }}, {{ end }}{"dst": "{{ $route }}"}{{ end }}]}
      """;

  @TempDir Path folder;
  private boolean networkReady;

  private PodNetwork network() {
    return (PodNetwork)
        Proxy.newProxyInstance(
            PodNetwork.class.getClassLoader(),
            new Class<?>[] {PodNetwork.class},
            (proxy, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("status");
              return new NetworkStatus(networkReady, "", "");
            });
  }

  private Path file() {
    return folder.resolve("net.d/10-crij.conflist");
  }

  private void update(@Nullable Path template, String podCidr) {
    new UpdateRuntimeConfig(new Config.Cni(folder.resolve("net.d"), List.of(), template), network())
        .run(
            UpdateRuntimeConfigRequest.newBuilder()
                .setRuntimeConfig(RuntimeConfig.newBuilder().setNetworkConfig(NetworkConfig.newBuilder().setPodCidr(podCidr)))
                .build());
  }

  private Path template(String text) throws IOException {
    return Files.writeString(folder.resolve("template"), text);
  }

  @Test
  void theTemplateIsFilledInAndWritten() throws Exception {
    Path template = template(TEMPLATE);
    update(template, "10.244.1.0/24,fd00:1::/64");
    assertThat(file())
        .hasContent(
            """
            {"name": "n", "subnet": "10.244.1.0/24",
             "ranges": [[{"subnet": "10.244.1.0/24"}], [{"subnet": "fd00:1::/64"}]],
             "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]}
            """);
    networkReady = true;
    update(template, "10.244.1.0/24,fd00:1::/64");
    update(template, "10.244.2.0/24");
    assertThat(file()).content().as("it is ours, so it follows").contains("10.244.2.0/24").doesNotContain("fd00");
    assertThat(folder.resolve("net.d")).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void aNetworkThatSomebodyElseConfiguredStays() throws Exception {
    networkReady = true;
    update(template(TEMPLATE), "10.244.1.0/24");
    assertThat(file()).doesNotExist();
  }

  @Test
  void withoutATemplateOrAddressesNothingIsWritten() throws Exception {
    update(null, "10.244.1.0/24");
    update(template(TEMPLATE), "");
    assertThat(folder.resolve("net.d")).doesNotExist();
  }

  @Test
  void whatIsNoAddressRangeIsRefused() {
    for (String wrong : List.of("10.244.1.0", "10.244.1.0/33", "fd00::/129", "example.org/24", "10.244.1.0/24,", "/8", "10.1.0.0/-1")) {
      assertThatThrownBy(() -> update(null, wrong))
          .as(wrong)
          .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    }
  }

  @Test
  void aTemplateThatCannotBeUsedSaysWhy() {
    assertThatThrownBy(() -> update(template("{\"a\": \"{{.Other}}\"}"), "10.0.0.0/8")).hasMessageContaining("{{.Other}} is not understood");
    assertThatThrownBy(() -> update(template("{{range $i, $x := .Routes}}"), "10.0.0.0/8")).hasMessageContaining("has no {{end}}");
    assertThatThrownBy(() -> update(template("{}{{end}}"), "10.0.0.0/8")).hasMessageContaining("an {{end}} too many");
    assertThatThrownBy(() -> update(template("{{.PodCIDR}}, "), "10.0.0.0/8")).hasMessageContaining("not JSON");
    assertThatThrownBy(() -> update(folder.resolve("none"), "10.0.0.0/8")).hasMessageContaining("cannot be written");
    assertThat(file()).doesNotExist();
  }
}
