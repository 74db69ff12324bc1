package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class LanesTest {
  private static Thread entering(Lanes lanes, String registry, CompletableFuture<Boolean> entered) {
    return Thread.ofPlatform()
        .start(
            () -> {
              try {
                lanes.enter(registry);
                entered.complete(true);
              } catch (InterruptedException e) {
                entered.completeExceptionally(e);
              }
            });
  }

  @Test
  void aSlowRegistryHoldsUpNoOther() throws Exception {
    Lanes lanes = new Lanes(2);
    lanes.enter("slow");
    lanes.enter("slow");
    CompletableFuture<Boolean> third = new CompletableFuture<>();
    Thread waiting = entering(lanes, "slow", third);
    while (waiting.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    lanes.enter("other");
    lanes.leave("other");
    assertThat(third).isNotDone();
    lanes.leave("slow");
    assertThat(third.get()).isTrue();
  }

  @Test
  void allTogetherAreBoundedAndWhoStopsWaitingHoldsNothing() throws Exception {
    Lanes lanes = new Lanes(1);
    for (String registry : new String[] {"a", "b", "c", "d"}) {
      lanes.enter(registry);
    }
    CompletableFuture<Boolean> fifth = new CompletableFuture<>();
    Thread waiting = entering(lanes, "e", fifth);
    while (waiting.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    waiting.interrupt();
    assertThatThrownBy(fifth::get).hasCauseInstanceOf(InterruptedException.class);
    lanes.leave("a");
    lanes.enter("e");
    lanes.leave("e");
  }
}
