package io.crij.container;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.cri.RemoveContainerRequest;
import org.junit.jupiter.api.Test;

class JoinedWorkTest {
  @Test
  void aFaultOfOursIsForTheLogAndNotForTheClient() {
    JoinedWork<String, String> work = new JoinedWork<>(Thread.ofVirtual().factory());
    assertThatThrownBy(
            () ->
                work.run(
                    "c1",
                    RemoveContainerRequest.getDefaultInstance(),
                    () -> {
                      throw new IllegalStateException("inner");
                    }))
        .isInstanceOf(CriException.class)
        .hasMessageContaining("c1")
        .hasMessageNotContainingAny("inner", "Exception")
        .hasRootCauseMessage("inner");
  }
}
