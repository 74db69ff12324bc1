package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ContainerEventResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EventSubscriptionTest {
  private final AtomicInteger closed = new AtomicInteger();
  private final EventSubscription subscription = new EventSubscription(2, gone -> closed.incrementAndGet());

  private static ContainerEventResponse event(String id) {
    return ContainerEventResponse.newBuilder().setContainerId(id).build();
  }

  @Test
  void eventsComeInOrder() throws Exception {
    subscription.offer(event("1"));
    subscription.offer(event("2"));
    assertThat(subscription.take().getContainerId()).isEqualTo("1");
    subscription.offer(event("3"));
    assertThat(subscription.take().getContainerId()).isEqualTo("2");
    assertThat(subscription.take().getContainerId()).isEqualTo("3");
  }

  @Test
  void whoWaitsIsWoken() throws Exception {
    CompletableFuture<String> taken =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return subscription.take().getContainerId();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    subscription.offer(event("1"));
    assertThat(taken.get(10, TimeUnit.SECONDS)).isEqualTo("1");
  }

  @Test
  void oneEventTooManyEndsItWithTheReason() {
    subscription.offer(event("1"));
    subscription.offer(event("2"));
    assertThat(subscription.isOver()).isFalse();
    subscription.offer(event("3"));
    assertThat(subscription.isOver()).isTrue();
    assertThat(closed).hasValue(1);
    assertThatThrownBy(subscription::take)
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED))
        .hasMessageContaining("it left 2 of them unread");
    subscription.offer(event("4"));
    subscription.close();
    assertThat(closed).as("told once").hasValue(1);
  }
}
