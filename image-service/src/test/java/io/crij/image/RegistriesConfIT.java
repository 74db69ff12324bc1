package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.cri.AuthConfig;
import io.crij.cri.ImageSpec;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RemoveImageRequest;
import io.crij.image.registry.RegistrySettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node with a registries.conf: names keep what they mean from the pull to the removal. Needs root. */
class RegistriesConfIT {
  @TempDir Path scratch;
  private FakeRegistry registry;
  private FakeRegistry other;
  private ImageStore store;

  @BeforeEach
  void open() throws IOException {
    registry = new FakeRegistry();
    other = new FakeRegistry();
    RegistrySettings settings = RegistrySettings.defaults().withRegistriesConf(scratch.resolve("registries.conf"));
    store = ImageStore.open(scratch.resolve("images"), ImageSettings.defaults().withRegistries(settings));
  }

  @AfterEach
  void close() {
    registry.close();
    other.close();
  }

  private void conf(String text) throws IOException {
    Files.writeString(scratch.resolve("registries.conf"), text);
  }

  private String pull(String name) {
    AuthConfig auth = AuthConfig.newBuilder().setUsername("me").setPassword("hunter2").build();
    return store.pullImage().run(PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(name)).setAuth(auth).build()).getImageRef();
  }

  private static TestImage image(String text) {
    return new TestImage().layer(tar -> tar.file("page", text));
  }

  @Test
  void shortNamesMeanTheSameEverywhere() throws IOException {
    registry.put("team/app", "1", image("one"));
    conf("[aliases]\n\"app\" = \"" + registry.host() + "/team/app\"\n");
    String id = pull("app:1");
    LocalImage local = store.images().resolve("app:1").orElseThrow();
    assertThat(local.id()).isEqualTo(id);
    assertThat(local.repoTags()).containsExactly(registry.host() + "/team/app:1");
    ObjectId user = ObjectId.random();
    assertThat(store.uses().acquire(user, "app:1").id()).isEqualTo(id);
    store.uses().release(user);
    store.removeImage().run(RemoveImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage("app:1")).build());
    assertThat(store.images().resolve(id)).isEmpty();
  }

  @Test
  void searchedRegistriesAreAskedInTurn() throws IOException {
    other.put("app", "1", image("found"));
    conf("short-name-mode = \"permissive\"\nunqualified-search-registries = [\"" + registry.host() + "\", \"" + other.host() + "\"]\n");
    pull("app:1");
    assertThat(store.images().resolve("app:1").orElseThrow().repoTags()).containsExactly(other.host() + "/app:1");
    conf("unqualified-search-registries = [\"" + registry.host() + "\", \"" + other.host() + "\"]\n");
    assertThatThrownBy(() -> pull("app:1")).isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT)).hasMessageContaining(other.host());
    registry.close();
    conf("short-name-mode = \"disabled\"\nunqualified-search-registries = [\"" + registry.host() + "\", \"" + other.host() + "\"]\n");
    assertThatThrownBy(() -> pull("app:1")).as("no registry stands in for one that is only away").hasMessageStartingWith("RegistryUnavailable: ");
  }

  @Test
  void anotherLocationServesTheImageUnderItsNameAndSeesNoCredentials() throws IOException {
    other.put("store/team/app", "1", image("moved"));
    other.trick("*", exchange -> {
      if (exchange.getRequestHeaders().getFirst("Authorization") == null && exchange.getRequestURI().getPath().contains("secret")) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"x\"");
        FakeRegistry.send(exchange, 401, "text/plain", "no".getBytes(StandardCharsets.UTF_8));
      } else {
        other.serveNormally(exchange);
      }
    });
    conf("[[registry]]\nprefix = \"registry.example\"\nlocation = \"" + other.host() + "/store\"\n");
    pull("registry.example/team/app:1");
    assertThat(store.images().resolve("registry.example/team/app:1").orElseThrow().repoTags()).containsExactly("registry.example/team/app:1");
    assertThatThrownBy(() -> pull("registry.example/secret:1")).isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHENTICATED));
    assertThat(other.seen()).extracting(FakeRegistry.Seen::authorization).containsOnly("");
  }

  @Test
  void blockedNamesAreNotAskedFor() throws IOException {
    registry.put("bad/app", "1", image("bad"));
    conf("[[registry]]\nprefix = \"" + registry.host() + "/bad\"\nlocation = \"" + registry.host() + "/bad\"\nblocked = true\n");
    assertThatThrownBy(() -> pull(registry.host() + "/bad/app:1")).isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PERMISSION_DENIED)).hasMessageContaining("blocks");
    assertThat(registry.seen()).isEmpty();
  }
}
