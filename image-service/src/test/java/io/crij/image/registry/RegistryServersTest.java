package io.crij.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.image.content.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryServersTest {
  @TempDir Path folder;

  private void write(String host, String text) throws IOException {
    Files.writeString(Files.createDirectories(folder.resolve(host)).resolve("hosts.toml"), text);
  }

  private List<String> urls(String host) {
    return endpoints(host + "/team/app:1").stream().map(endpoint -> endpoint.base() + (endpoint.alternative() == null ? "" : " or " + endpoint.alternative().base())).toList();
  }

  private List<RegistryEndpoint> endpoints(String reference) {
    return new RegistryServers(RegistrySettings.defaults().withHostsFolder(folder)).endpoints(Reference.parse(reference));
  }

  @Test
  void withoutAFileTheRegistryItselfIsAsked() {
    assertThat(urls("docker.io")).containsExactly("https://registry-1.docker.io/v2");
    assertThat(urls("registry.example:5000")).containsExactly("https://registry.example:5000/v2");
    assertThat(urls("localhost:5000")).containsExactly("http://localhost:5000/v2 or https://localhost:5000/v2");
    assertThat(urls("127.3.4.5:5000")).containsExactly("http://127.3.4.5:5000/v2 or https://127.3.4.5:5000/v2");
    assertThat(urls("localhost.evil.example")).containsExactly("https://localhost.evil.example/v2");
    assertThat(urls("127.0.0.1.evil.example")).containsExactly("https://127.0.0.1.evil.example/v2");
  }

  @Test
  void mirrorsComeInTheOrderOfTheFile() throws IOException {
    write(
        "registry.k8s.io",
        """
        server = "https://registry.k8s.io"
        [host."http://10.0.0.1:5000"]
          capabilities = ["pull", "resolve"]
          [host."http://10.0.0.1:5000".header]
            x-team = ["a", "b"]
        [host."https://b.example/prefix/k8s"]
          override_path = true
          skip_verify = true
        [host."https://c.example/proxy"]
          capabilities = ["pull"]
        """);
    assertThat(urls("registry.k8s.io"))
        .containsExactly(
            "http://10.0.0.1:5000/v2", "https://b.example/prefix/k8s", "https://c.example/proxy/v2", "https://registry.k8s.io/v2");
    List<RegistryEndpoint> endpoints = endpoints("registry.k8s.io/team/app:1");
    assertThat(endpoints.get(0).headers()).containsEntry("x-team", List.of("a", "b"));
    assertThat(endpoints.get(0).namespace()).isEqualTo("registry.k8s.io");
    assertThat(endpoints.get(1).tls()).isNotNull();
    assertThat(endpoints.get(2).canResolve()).isFalse();
    assertThat(endpoints).extracting(RegistryEndpoint::registry).containsExactly(false, false, false, true);
    assertThat(endpoints.get(3).namespace()).isEmpty();
  }

  @Test
  void theDefaultFolderServesHostsWithoutTheirOwn() throws IOException {
    write("_default", "[host.\"http://10.0.0.1:5000\"]\n");
    write("own.example:5000", "server = \"http://own.example:5000\"\n");
    assertThat(urls("any.example")).containsExactly("http://10.0.0.1:5000/v2", "https://any.example/v2");
    assertThat(urls("own.example:5000")).containsExactly("http://own.example:5000/v2");
  }

  @Test
  void mistakesNameTheFile() throws IOException {
    for (String text : List.of("server = ", "[host.\"ftp://x\"]\n", "[host.\"https://x\"]\ncapabilty = [\"pull\"]\n", "ca = \"missing.pem\"\n")) {
      write("bad.example", text);
      assertThatThrownBy(() -> urls("bad.example")).as(text).isInstanceOf(CriException.class).hasMessageContaining("bad.example/hosts.toml");
    }
  }
}
