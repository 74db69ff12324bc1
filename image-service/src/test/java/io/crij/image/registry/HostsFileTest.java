package io.crij.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostsFileTest {
  @Test
  void everyKeyOfContainerdIsRead() {
    HostsFile file =
        HostsFile.parse(
            """
            server = "https://registry.example"
            ca = "own.pem"
            [host."https://a.example:5000"]
              capabilities = ["pull", "resolve", "push"]
              ca = ["one.pem", "/two.pem"]
              client = [["cert.pem", "key.pem"], ["both.pem", ""]]
              skip_verify = false
              dial_timeout = "1m30s"
              credentials = "a.json"
              [host."https://a.example:5000".header]
                x-one = "1"
                x-two = ["2", "3"]
            [host."http://b.example/path"]
              capabilities = ["pull"]
              client = "single.pem"
              override_path = true
            [host."c.example"]
              client = ["x.pem", "y.pem"]
            """,
            "registry.example");
    assertThat(file.mirrors()).extracting(server -> server.base().toString()).containsExactly("https://a.example:5000/v2", "http://b.example/path", "https://c.example/v2");
    HostsFile.Server a = file.mirrors().get(0);
    assertThat(a.authorities()).containsExactly("one.pem", "/two.pem");
    assertThat(a.clients()).containsExactly(List.of("cert.pem", "key.pem"), List.of("both.pem"));
    assertThat(a.dialTimeout()).isEqualTo(Duration.ofSeconds(90));
    assertThat(a.credentials()).isEqualTo("a.json");
    assertThat(a.headers()).containsEntry("x-one", List.of("1")).containsEntry("x-two", List.of("2", "3"));
    assertThat(a.canPull() && a.canResolve()).isTrue();
    HostsFile.Server b = file.mirrors().get(1);
    assertThat(b.canPull()).isTrue();
    assertThat(b.canResolve()).isFalse();
    assertThat(b.clients()).containsExactly(List.of("single.pem"));
    assertThat(file.mirrors().get(2).clients()).containsExactly(List.of("x.pem"), List.of("y.pem"));
    assertThat(file.server().authorities()).containsExactly("own.pem");
  }

  @Test
  void mistakesSayWhereTheyAre() {
    for (String text :
        List.of(
            "host = 1",
            "[host.\"https://x\"]\ncapabilities = [\"pul\"]",
            "[host.\"https://x\"]\ncapabilities = 3",
            "[host.\"https://x\"]\nskip_verify = \"yes\"",
            "[host.\"https://x\"]\nclient = [[]]",
            "[host.\"https://x\"]\nclient = [[\"a\",\"b\",\"c\"]]",
            "[host.\"https://x\"]\nclient = 7",
            "[host.\"https://x\"]\ndial_timeout = \"3\"",
            "[host.\"https://x\"]\ndial_timeout = \"0s\"",
            "[host.\"https://x\"]\ndial_timeout = 3",
            "[host.\"https://x\".header]\n\"a b\" = \"c\"",
            "[host.\"https://x\".header]\na = \"b\\nc\"",
            "[host.\"https://user:hunter2@x\"]",
            "[host.\"file:///etc\"]",
            "server = [\"a\"]")) {
      assertThatThrownBy(() -> HostsFile.parse(text, "r.example")).as(text).isInstanceOf(IllegalArgumentException.class).hasMessageNotContaining("hunter2");
    }
  }

  @Test
  void durationsAreGos() {
    assertThat(GoDuration.parse("1h2m3.5s")).isEqualTo(Duration.ofMillis(3_723_500));
    assertThat(GoDuration.parse("250ms")).isEqualTo(Duration.ofMillis(250));
    for (String text : List.of("", "s", "1", "1d", "-1s", "1s ", "1s1", "99999999999h", "999999999h999999999h999999999h")) {
      assertThatThrownBy(() -> GoDuration.parse(text)).as(text).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
