package io.crij.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.CriException;
import io.crij.cri.PullImageResponse;
import io.crij.image.PullProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands of {@code crij images} get over the socket. */
class DaemonClientTest {
  @TempDir Path folder;
  private final FakeOperations fake = new FakeOperations();
  private CriServer server;
  private DaemonClient client;

  @BeforeEach
  void listen() throws Exception {
    Path socket = folder.resolve("crij.sock");
    server = CriServer.listen(socket, List.of((Integer) Files.getAttribute(folder, "unix:gid")), fake.runtime(), fake.images());
    client = DaemonClient.of(socket);
  }

  @AfterEach
  void end() throws IOException {
    client.close();
    server.close();
  }

  @Test
  void pullsUnderWayArriveWithTheirLayers() throws IOException {
    fake.underway =
        List.of(
            new PullProgress(
                "registry.example/app:1", Instant.EPOCH, List.of(new PullProgress.Layer("sha256:00", 10, 5, 2, PullProgress.Step.FETCHING))));
    JsonNode pull = client.pulls().get(0);
    assertThat(pull.path("image").asText()).isEqualTo("registry.example/app:1");
    assertThat(pull.path("started").asText()).isEqualTo("1970-01-01T00:00:00Z");
    assertThat(pull.path("layers").get(0).path("received").asLong()).isEqualTo(5);
    assertThat(pull.path("layers").get(0).path("step").asText()).isEqualTo("FETCHING");
  }

  @Test
  void aVerificationSaysWhetherToRepair() throws IOException {
    assertThat(client.verify("app", false).get(0).path("what").asText()).isEmpty();
    assertThat(client.verify("app", true).get(0).path("what").asText()).isEqualTo("repaired");
    assertThat(client.verify("app", true).get(0).path("health").asText()).isEqualTo("WHOLE");
  }

  @Test
  void aPullGivesTheIdOrTheDaemonsSentence() throws IOException {
    fake.pull = request -> PullImageResponse.newBuilder().setImageRef("id of " + request.getImage().getImage()).build();
    assertThat(client.pull("app")).isEqualTo("id of app");
    fake.pull =
        request -> {
          throw CriException.notFound("There is no such image.");
        };
    assertThatThrownBy(() -> client.pull("app")).isInstanceOf(IOException.class).hasMessage("There is no such image.");
  }

  @Test
  void aSocketWithoutADaemonIsSaidSo() throws IOException {
    try (DaemonClient nobody = DaemonClient.of(folder.resolve("none.sock"))) {
      assertThatThrownBy(nobody::pulls).isInstanceOf(IOException.class).hasMessageContaining("no daemon answers on");
    }
  }
}
