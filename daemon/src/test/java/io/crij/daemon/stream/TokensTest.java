package io.crij.daemon.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ExecRequest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TokensTest {
  // Near the end of the clock's range, where a comparison without subtraction goes wrong.
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);
  private final Tokens tokens = new Tokens(clock::get, new SecureRandom());

  private static StreamRequest request(String id) {
    return new StreamRequest.Exec(ExecRequest.newBuilder().setContainerId(id).build());
  }

  @Test
  void aTokenOpensItsRequestOnce() {
    String token = tokens.issue(request("a"));
    assertThat(tokens.redeem(token)).contains(request("a"));
    assertThat(tokens.redeem(token)).isEmpty();
  }

  @Test
  void aTokenIsWorthNothingAfterAMinute() {
    String early = tokens.issue(request("a"));
    clock.addAndGet(Duration.ofSeconds(1).toNanos());
    String late = tokens.issue(request("b"));
    clock.addAndGet(Duration.ofSeconds(59).toNanos());
    assertThat(tokens.redeem(early)).isEmpty();
    assertThat(tokens.redeem(late)).contains(request("b"));
  }

  @Test
  void tokensHave128BitsAndAreAllDifferent() {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < Tokens.MOST; i++) {
      String token = tokens.issue(request("a"));
      assertThat(token).matches("[A-Za-z0-9_-]{22}");
      assertThat(seen.add(token)).isTrue();
    }
  }

  @Test
  void aThousandWaitAndNotOneMore() {
    String first = tokens.issue(request("a"));
    for (int i = 1; i < Tokens.MOST; i++) {
      tokens.issue(request("a"));
    }
    CriException refused = catchThrowableOfType(CriException.class, () -> tokens.issue(request("a")));
    assertThat(refused.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
    assertThat(refused.getMessage()).doesNotContain(first);
    assertThat(tokens.redeem(first)).isPresent();
    assertThat(tokens.issue(request("a"))).isNotEmpty();
    clock.addAndGet(Tokens.LIFE.toNanos());
    for (int i = 0; i < Tokens.MOST; i++) {
      tokens.issue(request("a"));
    }
  }

  @Test
  void largeRequestsCountByTheirBytes() {
    ExecRequest large = ExecRequest.newBuilder().addCmdBytes(ByteString.copyFrom(new byte[5 << 20])).build();
    StreamRequest request = new StreamRequest.Exec(large);
    tokens.issue(request);
    tokens.issue(request);
    String third = tokens.issue(request);
    assertThat(catchThrowableOfType(CriException.class, () -> tokens.issue(request)).code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
    assertThat(tokens.redeem(third)).isPresent();
    tokens.issue(request);
  }
}
