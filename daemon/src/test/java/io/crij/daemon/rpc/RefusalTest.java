package io.crij.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.grpc.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RefusalTest {
  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void eachCodeOfOursKeepsItsNameAndItsSentence(ErrorCode code) {
    Status status = Refusal.of("StopContainer", new CriException(code, "Why.")).status();
    assertThat(status.getCode().name()).isEqualTo(code.name());
    assertThat(status.getDescription()).isEqualTo("Why.");
  }

  @Test
  void whatIsUnforeseenShowsAnIncidentAndNothingFromInside() {
    Refusal refusal = Refusal.of("RunPodSandbox", new IllegalStateException("/secret/path"));
    assertThat(refusal.status().getCode()).isEqualTo(Status.Code.INTERNAL);
    assertThat(refusal.incident()).matches("[0-9a-f]{8}");
    assertThat(refusal.status().getDescription()).contains("RunPodSandbox", refusal.incident()).doesNotContain("secret");
    assertThat(refusal.status().getCause()).isNull();
  }

  @Test
  void anInterruptMeansThatTheCallerLeft() {
    assertThat(Refusal.of("PullImage", new InterruptedException()).status().getCode()).isEqualTo(Status.Code.CANCELLED);
  }

  @Test
  void aMessageFitsIntoAHeader() {
    Status status = Refusal.of("PullImage", CriException.invalid("x".repeat(100_000))).status();
    assertThat(status.getDescription()).hasSizeLessThan(4100);
  }
}
