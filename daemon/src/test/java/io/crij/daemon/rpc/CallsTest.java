package io.crij.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.cri.PullImageResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which calls are seen to go on and to fail, over a real socket. */
class CallsTest {
  @TempDir Path folder;
  private final FakeOperations fake = new FakeOperations();
  private CriServer server;
  private DaemonClient client;

  @BeforeEach
  void listen() throws Exception {
    Path socket = folder.resolve("crij.sock");
    List<Integer> mine = List.of((Integer) Files.getAttribute(folder, "unix:gid"));
    server = CriServer.listen(socket, mine, fake.runtime(), fake.images(), fake.reports(), fake.calls);
    client = DaemonClient.of(socket);
  }

  @AfterEach
  void end() throws Exception {
    client.close();
    server.close();
  }

  @Test
  void aCallIsSeenWhileItGoesOn() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    fake.pull =
        request -> {
          begun.countDown();
          go.await();
          return PullImageResponse.newBuilder().setImageRef("id").build();
        };
    CompletableFuture<String> pull =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return client.pull("app");
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(fake.calls.underway()).hasSize(1);
    assertThat(fake.calls.underway().getFirst().rpc()).isEqualTo("PullImage");
    assertThat(fake.calls.underway().getFirst().image()).isEqualTo("app");
    assertThat(fake.calls.underway().getFirst().clientGone()).isFalse();
    go.countDown();
    assertThat(pull.get(10, TimeUnit.SECONDS)).isEqualTo("id");
    assertThat(fake.calls.underway()).isEmpty();
    assertThat(fake.calls.failures()).isEmpty();
    assertThat(fake.metered).containsExactly("PullImage OK");
  }

  @Test
  void theSameFailureAgainIsOneThatIsCounted() {
    fake.pull =
        request -> {
          throw CriException.notFound("There is no such image.");
        };
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> client.pull("app")).hasMessage("There is no such image.");
    }
    assertThat(fake.calls.failures()).hasSize(1);
    Calls.Failure failure = fake.calls.failures().getFirst();
    assertThat(failure.times()).isEqualTo(3);
    assertThat(failure.code()).isEqualTo("NOT_FOUND");
    assertThat(failure.what().image()).isEqualTo("app");
    assertThat(failure.first()).isBeforeOrEqualTo(failure.last());
  }

  @Test
  void aRequestThatIsRefusedUnreadIsAFailureWithWords() throws Exception {
    assertThatThrownBy(() -> client.pull("x".repeat(17 << 20))).isInstanceOf(java.io.IOException.class);
    server.stop(Duration.ofSeconds(10)); // The client hears of the refusal before it is counted.
    assertThat(fake.calls.underway()).isEmpty();
    assertThat(fake.calls.failures()).singleElement().satisfies(failure -> assertThat(failure.what().message()).contains("exceeds maximum size"));
    assertThat(fake.metered).containsExactly("PullImage RESOURCE_EXHAUSTED");
  }

  @Test
  void onlySoManyFailuresAreRemembered() {
    fake.pull =
        request -> {
          throw CriException.notFound("There is no image " + request.getImage().getImage());
        };
    for (int i = 0; i < 140; i++) {
      int number = i;
      assertThatThrownBy(() -> client.pull("app" + number)).isInstanceOf(java.io.IOException.class);
    }
    assertThat(fake.calls.failures()).hasSize(128);
    assertThat(fake.calls.failures().getFirst().what().image()).isEqualTo("app139");
  }
}
