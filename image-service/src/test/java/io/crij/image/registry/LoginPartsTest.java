package io.crij.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.cri.AuthConfig;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What logins and retries are made of, on a clock that the test turns. */
class LoginPartsTest {
  private final AtomicLong now = new AtomicLong(42);

  private static RegistryEndpoint endpoint(String url) {
    return new RegistryEndpoint(URI.create(url), "r", false, true, true, "", Map.of(), null, null, Credentials.NONE, null);
  }

  @Test
  void tokensServeTheirServerScopeAndCredentialsUntilShortlyBeforeTheyExpire() {
    TokenCache cache = new TokenCache(now::get);
    TokenCache.Key key = new TokenCache.Key("https://r:443", "repository:a:pull", "me");
    cache.put(key, "t", 100);
    assertThat(cache.get(key)).contains("t");
    assertThat(cache.get(new TokenCache.Key("https://r:444", "repository:a:pull", "me"))).isEmpty();
    assertThat(cache.get(new TokenCache.Key("https://r:443", "repository:b:pull", "me"))).isEmpty();
    assertThat(cache.get(new TokenCache.Key("https://r:443", "repository:a:pull", "you"))).isEmpty();
    now.addAndGet(TimeUnit.SECONDS.toNanos(89));
    assertThat(cache.get(key)).contains("t");
    now.addAndGet(TimeUnit.SECONDS.toNanos(1));
    assertThat(cache.get(key)).isEmpty();
    cache.put(key, "no lifetime", 0);
    now.addAndGet(TimeUnit.SECONDS.toNanos(54));
    assertThat(cache.get(key)).isEmpty();
    cache.put(key, "forever", Long.MAX_VALUE);
    now.addAndGet(TimeUnit.HOURS.toNanos(1));
    assertThat(cache.get(key)).isEmpty();
  }

  @Test
  void aRefusedTokenIsDroppedUnlessANewerOneCame() {
    TokenCache cache = new TokenCache(now::get);
    TokenCache.Key key = new TokenCache.Key("s", "r", "f");
    cache.put(key, "new", 100);
    cache.refused(key, "old");
    assertThat(cache.get(key)).contains("new");
    cache.refused(key, "new");
    assertThat(cache.get(key)).isEmpty();
    for (int i = 0; i < 10_000; i++) {
      cache.put(new TokenCache.Key("s", "repository:" + i, "f"), "t", 100);
    }
    assertThat(cache.get(new TokenCache.Key("s", "repository:0", "f"))).as("the cache is bounded").isEmpty();
  }

  @Test
  void failedServersAreAskedLastForAWhile() {
    ServerHealth health = new ServerHealth(now::get);
    RegistryEndpoint a = endpoint("https://a/v2");
    RegistryEndpoint b = endpoint("https://b/v2");
    assertThat(health.ordered(List.of(a, b))).containsExactly(a, b);
    health.failed(a.server(), Duration.ZERO);
    assertThat(health.ordered(List.of(a, b))).containsExactly(b, a);
    now.addAndGet(TimeUnit.SECONDS.toNanos(6));
    assertThat(health.ordered(List.of(a, b))).containsExactly(a, b);
    health.failed(a.server(), Duration.ofSeconds(60));
    now.addAndGet(TimeUnit.SECONDS.toNanos(59));
    assertThat(health.ordered(List.of(a, b))).containsExactly(b, a);
    health.answered(a.server());
    assertThat(health.ordered(List.of(a, b))).containsExactly(a, b);
    health.failed(a.server(), Duration.ofDays(3650));
    now.addAndGet(TimeUnit.MINUTES.toNanos(6));
    assertThat(health.ordered(List.of(a, b))).as("no server is put off for years").containsExactly(a, b);
  }

  @Test
  void retryAfterIsSecondsOrADate() {
    Instant noon = Instant.parse("2026-11-21T12:00:00Z");
    assertThat(RetryAfter.parse("120", noon)).contains(Duration.ofSeconds(120));
    assertThat(RetryAfter.parse("Sat, 21 Nov 2026 12:00:30 GMT", noon)).contains(Duration.ofSeconds(30));
    assertThat(RetryAfter.parse("Sat, 21 Nov 2020 12:00:30 GMT", noon)).contains(Duration.ZERO);
    assertThat(RetryAfter.parse("9".repeat(40), noon).orElseThrow()).isGreaterThan(Duration.ofDays(3650));
    for (String garbage : List.of("", "-1", "soon", "1.5", "0x10", "Sat, 99 Nov 2026 12:00:30 GMT")) {
      assertThat(RetryAfter.parse(garbage, noon)).as(garbage).isEmpty();
    }
  }

  @Test
  void everyFormOfAuthConfigIsUnderstood() {
    assertThat(Credentials.of(AuthConfig.newBuilder().setUsername("u").setPassword("p").build(), "r")).isEqualTo(new Credentials("u", "p", "", ""));
    String pair = Base64.getEncoder().encodeToString("u:p:q\0\0".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThat(Credentials.of(AuthConfig.newBuilder().setAuth(pair).build(), "r")).isEqualTo(new Credentials("u", "p:q", "", ""));
    assertThat(Credentials.of(AuthConfig.newBuilder().setIdentityToken("i").build(), "r").identityToken()).isEqualTo("i");
    assertThat(Credentials.of(AuthConfig.newBuilder().setRegistryToken("t").build(), "r").registryToken()).isEqualTo("t");
    assertThat(Credentials.of(AuthConfig.newBuilder().setUsername("<token>").setPassword("i").build(), "r").identityToken()).isEqualTo("i");
    AuthConfig elsewhere = AuthConfig.newBuilder().setUsername("u").setPassword("p").setServerAddress("https://other.example/v2/").build();
    assertThat(Credentials.of(elsewhere, "r.example")).isEqualTo(Credentials.NONE);
    AuthConfig hub = elsewhere.toBuilder().setServerAddress("https://index.docker.io/v1/").build();
    assertThat(Credentials.of(hub, "docker.io").user()).isEqualTo("u");
    for (String wrong : List.of("%%%", Base64.getEncoder().encodeToString("hunter2".getBytes(java.nio.charset.StandardCharsets.UTF_8)))) {
      assertThatThrownBy(() -> Credentials.of(AuthConfig.newBuilder().setAuth(wrong).build(), "r"))
          .isInstanceOf(CriException.class)
          .hasMessageNotContaining("hunter2")
          .hasMessageNotContaining(wrong);
    }
    assertThatThrownBy(() -> Credentials.of(AuthConfig.newBuilder().setRegistryToken("a\r\nX: hunter2").build(), "r")).hasMessageNotContaining("hunter2");
    assertThat(new Credentials("u", "hunter2", "hunter2", "hunter2").toString()).doesNotContain("hunter2");
  }

  @Test
  void credentialFilesAreSearchedFromTheMostSpecificNameUp() {
    AuthFile file =
        AuthFile.parse(
            """
            {"auths": {"https://index.docker.io/v1/": {"auth": "dTpw"}, "r.example:5000": {"username": "all", "password": "x"},
             "r.example:5000/team": {"username": "team", "password": "x"}, "i.example": {"identitytoken": "id"}}}
            """);
    assertThat(file.find("docker.io", "library/busybox").orElseThrow().user()).isEqualTo("u");
    assertThat(file.find("registry-1.docker.io", "library/busybox").orElseThrow().user()).isEqualTo("u");
    assertThat(file.find("r.example:5000", "team/app").orElseThrow().user()).isEqualTo("team");
    assertThat(file.find("r.example:5000", "teams/app").orElseThrow().user()).isEqualTo("all");
    assertThat(file.find("i.example", "a").orElseThrow().identityToken()).isEqualTo("id");
    assertThat(file.find("r.example", "team/app")).isEmpty();
    assertThat(file.toString()).doesNotContain("dTpw").doesNotContain("password=x");
    for (String text : List.of("hunter2", "[]", "{}", "{\"auths\": {\"r\": {\"auth\": \"hunter2\"}}}", "")) {
      assertThatThrownBy(() -> AuthFile.parse(text)).as(text).isInstanceOf(IllegalArgumentException.class).hasMessageNotContaining("hunter2");
    }
  }
}
