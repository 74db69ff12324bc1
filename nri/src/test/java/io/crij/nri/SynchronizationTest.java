package io.crij.nri;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.nri.api.Container;
import io.crij.nri.api.PodSandbox;
import io.crij.nri.api.SynchronizeRequest;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SynchronizationTest {
  private static final List<PodSandbox> PODS = IntStream.range(0, 10).mapToObj(i -> PodSandbox.newBuilder().setId("pod" + i).build()).toList();
  private static final List<Container> CONTAINERS =
      IntStream.range(0, 10).mapToObj(i -> Container.newBuilder().setId("container" + i).build()).toList();

  @Test
  void whatFitsGoesIntoOneMessage() {
    List<SynchronizeRequest> messages = Synchronization.split(PODS, CONTAINERS, 1 << 20);
    assertThat(messages).singleElement().satisfies(message -> {
      assertThat(message.getMore()).isFalse();
      assertThat(message.getPodsList()).isEqualTo(PODS);
      assertThat(message.getContainersList()).isEqualTo(CONTAINERS);
    });
  }

  @Test
  void whatDoesNotIsSplitAndNothingIsLost() {
    List<SynchronizeRequest> messages = Synchronization.split(PODS, CONTAINERS, 60);
    assertThat(messages.stream().flatMap(message -> message.getPodsList().stream()).toList()).isEqualTo(PODS);
    assertThat(messages.stream().flatMap(message -> message.getContainersList().stream()).toList()).isEqualTo(CONTAINERS);
    assertThat(messages).allSatisfy(message -> assertThat(message.getSerializedSize()).isLessThanOrEqualTo(62));
    assertThat(messages.subList(0, messages.size() - 1)).allSatisfy(message -> assertThat(message.getMore()).isTrue());
    assertThat(messages.getLast().getMore()).isFalse();
  }

  @Test
  void anEmptyNodeIsOneMessage() {
    assertThat(Synchronization.split(List.of(), List.of(), 10)).containsExactly(SynchronizeRequest.getDefaultInstance());
  }
}
