package io.crij.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import io.crij.image.content.NodeBusyException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

final class NameMemoryTest {
  private static final ImageLimits LIMITS = new ImageLimits(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 80_000);

  private static void takeMuch(NameMemory.Layer layer) throws IOException {
    for (int i = 0; i < 40; i++) {
      layer.take("n".repeat(140));
    }
  }

  @Test
  void anImageWithEndlessNamesIsRefused() {
    try (NameMemory memory = new NameMemory(LIMITS);
        NameMemory.Layer layer = memory.layer()) {
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 1000; i++) {
                  layer.keep("n".repeat(1000));
                }
              })
          .isInstanceOf(HostileContentException.class);
    }
  }

  @Test
  void whatALayerNeedsNoLongerIsGivenBackAndTheRestIsNot() throws IOException {
    try (NameMemory memory = new NameMemory(LIMITS)) {
      for (int i = 0; i < 100; i++) {
        try (NameMemory.Layer layer = memory.layer()) {
          takeMuch(layer);
        }
      }
      for (int i = 0; i < 6; i++) {
        try (NameMemory.Layer layer = memory.layer()) {
          layer.keep("n".repeat(10_000));
        }
      }
      assertThatThrownBy(() -> memory.layer().keep("n".repeat(20_000))).isInstanceOf(HostileContentException.class);
    }
  }

  @Test
  void aSecondLargeOneWaitsForTheFirst() throws Exception {
    NameMemory second = new NameMemory(LIMITS);
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    Thread thread;
    try (NameMemory first = new NameMemory(LIMITS);
        NameMemory.Layer layer = first.layer()) {
      takeMuch(layer);
      thread = start(second, done);
      while (thread.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
      assertThat(done).isNotDone();
    }
    assertThat(done.get()).isTrue();
    thread.join();
    second.close();
  }

  @Test
  void whoWaitsTooLongIsToldThatTheNodeIsBusy() throws IOException {
    try (NameMemory first = new NameMemory(LIMITS);
        NameMemory.Layer layer = first.layer();
        NameMemory second = new NameMemory(LIMITS, Duration.ofMillis(1))) {
      takeMuch(layer);
      assertThatThrownBy(() -> takeMuch(second.layer())).isInstanceOf(NodeBusyException.class);
    }
    try (NameMemory third = new NameMemory(LIMITS, Duration.ofMillis(1));
        NameMemory.Layer layer = third.layer()) {
      takeMuch(layer); // who gave up took nothing away
    }
  }

  @Test
  void whoWaitsCanBeStopped() throws Exception {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    try (NameMemory first = new NameMemory(LIMITS);
        NameMemory.Layer layer = first.layer();
        NameMemory second = new NameMemory(LIMITS)) {
      takeMuch(layer);
      Thread thread = start(second, done);
      thread.interrupt();
      assertThatThrownBy(done::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(InterruptedIOException.class);
    }
  }

  private static Thread start(NameMemory memory, CompletableFuture<Boolean> done) {
    return Thread.ofPlatform()
        .start(
            () -> {
              try (NameMemory.Layer layer = memory.layer()) {
                takeMuch(layer);
                done.complete(true);
              } catch (IOException e) {
                done.completeExceptionally(e);
              }
            });
  }
}
