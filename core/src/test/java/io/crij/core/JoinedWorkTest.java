package io.crij.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class JoinedWorkTest {
  private final JoinedWork<String, String> work = new JoinedWork<>(Thread.ofVirtual().factory(), key -> "object " + key);

  @Test
  void aFaultOfOursIsForTheLogAndNotForTheClient() {
    assertThatThrownBy(
            () ->
                work.run(
                    "c1",
                    "request",
                    () -> {
                      throw new IllegalStateException("inner");
                    }))
        .isInstanceOf(CriException.class)
        .hasMessageContaining("object c1")
        .hasMessageNotContainingAny("inner", "Exception")
        .hasRootCauseMessage("inner");
  }

  @Test
  void anEqualRequestJoinsAndAnotherOneIsRefused() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    BlockingQueue<String> result = new ArrayBlockingQueue<>(1);
    CompletableFuture<String> first =
        CompletableFuture.supplyAsync(
            () ->
                work.run(
                    "c1",
                    "request",
                    () -> {
                      started.countDown();
                      return taken(result);
                    }));
    started.await();
    assertThatThrownBy(() -> work.run("c1", "another", () -> "not run"))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_EXISTS))
        .hasMessageContaining("object c1");
    CompletableFuture<String> retry = new CompletableFuture<>();
    Thread second = Thread.ofPlatform().start(() -> retry.complete(work.run("c1", "request", () -> "run again")));
    while (second.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    result.put("once");
    assertThat(first.get()).isEqualTo("once");
    assertThat(retry.get()).isEqualTo("once");
    assertThat(work.run("c1", "another", () -> "free again")).isEqualTo("free again");
  }

  private static String taken(BlockingQueue<String> queue) {
    try {
      return queue.take();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
