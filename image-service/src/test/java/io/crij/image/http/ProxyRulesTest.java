package io.crij.image.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyRulesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*                    | any.example        | 443  | true",
        "10.0.0.0/8           | 10.1.2.3           | 5000 | true",
        "10.0.0.0/8           | 11.1.2.3           | 5000 | false",
        "10.0.0.0/8           | ten.example        | 443  | false",
        "10.1.2.3             | 10.1.2.3           | 443  | true",
        "10.1.2.3:5000        | 10.1.2.3           | 443  | false",
        "10.1.2.3:5000        | 10.1.2.3           | 5000 | true",
        "fd00::/8             | fd12::1            | 443  | true",
        "fd00::/8             | [fd12::1]          | 443  | true",
        "fd00::/8             | fe80::1            | 443  | false",
        "[fd12::1]:5000       | fd12::1            | 5000 | true",
        "example.com          | example.com        | 443  | true",
        "example.com          | sub.example.com    | 443  | true",
        "example.com          | notexample.com     | 443  | false",
        "EXAMPLE.com          | Sub.Example.COM    | 443  | true",
        ".example.com         | sub.example.com    | 443  | true",
        ".example.com         | example.com        | 443  | false",
        "*.example.com        | sub.example.com    | 443  | true",
        "a.example,b.example  | b.example          | 443  | true",
        "b.example:5000       | b.example          | 443  | false",
        "10.0.0.0/33          | 10.1.2.3           | 443  | false",
        "''                   | any.example        | 443  | false",
        "''                   | localhost          | 443  | true",
        "''                   | 127.9.9.9          | 443  | true",
        "''                   | ::1                | 443  | true"
      })
  void noProxySaysWhoIsReachedDirectly(String noProxy, String host, int port, boolean direct) {
    ProxyRules rules = ProxyRules.of("http://p:3128", "http://p:3128", noProxy);
    assertThat(rules.forServer(true, host, port).isEmpty()).isEqualTo(direct);
  }

  @Test
  void eachSchemeHasItsProxy() {
    ProxyRules rules = ProxyRules.of("plain.example:3128", "https://secure.example", "");
    assertThat(rules.forServer(false, "r.example", 80)).contains(new ProxyServer(ProxyServer.Kind.HTTP, "plain.example", 3128, ""));
    assertThat(rules.forServer(true, "r.example", 443)).contains(new ProxyServer(ProxyServer.Kind.HTTPS, "secure.example", 443, ""));
    assertThat(ProxyRules.of("", "", "").forServer(true, "r.example", 443)).isEmpty();
    assertThat(ProxyServer.parse("socks5://s.example").port()).isEqualTo(1080);
  }

  @Test
  void theEnvironmentFillsWhatTheConfigurationLeavesOpen() {
    Map<String, String> environment = Map.of("HTTPS_PROXY", "http://big:1", "https_proxy", "http://small:1", "no_proxy", "direct.example");
    assertThat(ProxyRules.of("", "", "", environment).forServer(true, "r.example", 443).orElseThrow().host()).isEqualTo("big");
    assertThat(ProxyRules.of("", "", "", environment).forServer(true, "direct.example", 443)).isEmpty();
    assertThat(ProxyRules.of("", "http://own:1", "", environment).forServer(true, "r.example", 443).orElseThrow().host()).isEqualTo("own");
  }

  @Test
  void passwordsStayOutOfTextsAndMessages() {
    ProxyServer proxy = ProxyServer.parse("http://user:hunter2@p.example:3128");
    assertThat(proxy.authorization()).isEqualTo("Basic dXNlcjpodW50ZXIy");
    assertThat(proxy.toString()).doesNotContain("hunter2").doesNotContain("dXNl");
    for (String wrong : new String[] {"ftp://user:hunter2@p", "http://user:hunter2@", "http://user:hunter2@p:x y", "socks5://user:hunter2@p"}) {
      assertThatThrownBy(() -> ProxyRules.of("", wrong, "")).as(wrong).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("HTTPS_PROXY").hasMessageNotContaining("hunter2");
    }
  }
}
