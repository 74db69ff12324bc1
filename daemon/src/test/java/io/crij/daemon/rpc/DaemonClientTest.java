package io.crij.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.CriException;
import io.crij.cri.PullImageResponse;
import io.crij.image.LoadImages;
import io.crij.image.PullProgress;
import io.crij.image.SaveImages;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
    server = CriServer.listen(socket, List.of((Integer) Files.getAttribute(folder, "unix:gid")), fake.runtime(), fake.images(), fake.reports(), fake.calls);
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

  /** Far more than a connection buffers, so that each side must wait for the other. */
  @Test
  void archivesGoBothWaysInOrder() throws Exception {
    byte[] archive = new byte[24 << 20];
    new java.util.Random(7).nextBytes(archive);
    fake.save =
        (images, format, out) -> {
          assertThat(images).containsExactly("a", "b");
          assertThat(format).isEqualTo(SaveImages.Format.DOCKER);
          out.write(archive, 0, 1);
          out.write(archive, 1, archive.length - 1);
        };
    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    client.save(List.of("a", "b"), SaveImages.Format.DOCKER, saved);
    assertThat(saved.toByteArray()).isEqualTo(archive);
    fake.load =
        in -> {
          assertThat(in.readAllBytes()).isEqualTo(archive);
          return List.of(new LoadImages.Loaded("sha256:1", List.of("x:1")));
        };
    JsonNode loaded = client.load(new ByteArrayInputStream(archive));
    assertThat(loaded.get(0).path("id").asText()).isEqualTo("sha256:1");
    assertThat(loaded.get(0).path("names").get(0).asText()).isEqualTo("x:1");
  }

  @Test
  void anArchiveThatIsRefusedIsNotSentToItsEnd() {
    fake.load =
        in -> {
          in.read();
          throw CriException.invalid("The archive is refused: it is none.");
        };
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }

          @Override
          public int read(byte[] into, int offset, int length) {
            return length;
          }
        };
    assertThatThrownBy(() -> client.load(endless)).isInstanceOf(IOException.class).hasMessage("The archive is refused: it is none.");
  }

  @Test
  void aSaveThatFailsInTheMiddleFailsItsClient() {
    fake.save =
        (images, format, out) -> {
          out.write(new byte[1 << 20]);
          throw CriException.notFound("A layer went.");
        };
    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    assertThatThrownBy(() -> client.save(List.of("a"), SaveImages.Format.OCI, saved)).isInstanceOf(IOException.class).hasMessage("A layer went.");
  }

  /** The daemon must not go on writing for nobody, nor wait for what will not come. */
  @Test
  void aClientThatLeavesEndsItsArchive() throws Exception {
    CountDownLatch ended = new CountDownLatch(2);
    fake.save =
        (images, format, out) -> {
          try {
            while (true) {
              out.write(new byte[1 << 20]);
            }
          } finally {
            ended.countDown();
          }
        };
    CountDownLatch loads = new CountDownLatch(1);
    fake.load =
        in -> {
          loads.countDown();
          try {
            in.readAllBytes();
            throw new AssertionError("the archive has no end");
          } finally {
            ended.countDown();
          }
        };
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("the pipe is closed");
          }
        };
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            // Not before: a call that is taken back at once is never served.
            if (loads.getCount() == 0) {
              throw new IOException("the disk is broken");
            }
            return 0;
          }
        };
    assertThatThrownBy(() -> client.save(List.of("a"), SaveImages.Format.OCI, full)).hasMessage("the pipe is closed");
    assertThatThrownBy(() -> client.load(broken)).hasMessage("the disk is broken");
    client.close();
    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void reportsArriveAsTheyAreMade() throws IOException {
    assertThat(client.status().path("report").asText()).isEqualTo("status");
    assertThat(client.pods().get(0).asText()).isEqualTo("pods");
    assertThat(client.containers().get(0).asText()).isEqualTo("containers");
    assertThat(client.why("default/web").path("why").asText()).isEqualTo("default/web");
    assertThat(client.timeline("web").path("timeline").asText()).isEqualTo("web");
    assertThat(client.gc(false).path("gc").asText()).isEqualTo("explain");
    assertThat(client.gc(true).path("gc").asText()).isEqualTo("run");
    assertThat(fake.metered).as("questions of our own are no calls of the CRI").isEmpty();
  }

  /** People ask because it hangs. */
  @Test
  void aDaemonThatHangsIsSaidSo() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    NodeReports.Question hangs =
        nothing -> {
          never.await();
          return nothing;
        };
    Path socket = folder.resolve("hangs.sock");
    NodeReports reports = new NodeReports(hangs, hangs, hangs, hangs, hangs, hangs);
    List<Integer> gids = List.of((Integer) Files.getAttribute(folder, "unix:gid"));
    try (CriServer _ = CriServer.listen(socket, gids, fake.runtime(), fake.images(), reports, fake.calls);
        DaemonClient asking = DaemonClient.of(socket, Duration.ofMillis(500))) {
      assertThatThrownBy(asking::status).isInstanceOf(IOException.class).hasMessageContaining("did not answer within 0.5 s");
      fake.pods =
          request -> {
            never.await();
            throw new AssertionError("nobody waits");
          };
      assertThatThrownBy(() -> asking.check(Duration.ofMillis(300))).hasMessageContaining("did not answer within 0.3 s");
    } finally {
      never.countDown();
    }
  }

  @Test
  void aSocketWithoutADaemonIsSaidSo() throws IOException {
    try (DaemonClient nobody = DaemonClient.of(folder.resolve("none.sock"))) {
      assertThatThrownBy(nobody::pulls).isInstanceOf(IOException.class).hasMessageContaining("no daemon answers on");
    }
  }
}
