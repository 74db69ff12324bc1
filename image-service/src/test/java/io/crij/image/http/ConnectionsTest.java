package io.crij.image.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConnectionsTest {
  @Test
  void aConnectionThatIsGivenBackWhileTheWatchLooksStopsNobody() throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 1);
          exchange.getResponseBody().write('x');
          exchange.close();
        });
    server.start();
    Connections connections = new Connections(PullTimeouts.DEFAULT);
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    Route route = new Route("127.0.0.1", url.getPort(), null, null, Route.Reach.CONFIGURED);
    CountDownLatch answered = new CountDownLatch(1);
    CountDownLatch watched = new CountDownLatch(1);
    Thread giver =
        Thread.ofPlatform()
            .start(
                () -> {
                  try (HttpAnswer answer = get(connections, url, route)) {
                    answer.body().readAllBytes();
                    answered.countDown();
                    watched.await();
                  } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                });
    answered.await();
    FutureTask<Integer> other =
        new FutureTask<>(
            () -> {
              try (HttpAnswer answer = get(connections, url, route)) {
                return answer.status();
              }
            });
    synchronized (connections.watch) { // as it is while it sweeps
      watched.countDown();
      while (giver.getState() != Thread.State.BLOCKED) {
        Thread.onSpinWait();
      }
      Thread asker = Thread.ofPlatform().daemon().start(other);
      // It may wait for the watch, but never for who waits for the watch.
      while (asker.getState() != Thread.State.BLOCKED && asker.isAlive()) {
        Thread.onSpinWait();
      }
      assertThat(asker.getStackTrace()[0].getClassName()).isEqualTo(Watch.class.getName());
    }
    assertThat(other.get(10, TimeUnit.SECONDS)).isEqualTo(200);
    giver.join(Duration.ofSeconds(10));
    server.stop(0);
  }

  private static HttpAnswer get(Connections connections, URI url, Route route) throws IOException {
    return connections.send(HttpRequest.get(url), route, Duration.ofSeconds(10), new Pace(), Connections.Size.LARGE);
  }
}
