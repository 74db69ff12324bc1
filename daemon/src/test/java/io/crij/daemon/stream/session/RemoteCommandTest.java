package io.crij.daemon.stream.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.crij.core.CriException;
import io.crij.daemon.stream.wire.ClientStream;
import io.crij.daemon.stream.wire.Connection;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RemoteCommandTest {
  /** Remembers what was done to it. */
  private static final class Recorded implements ClientStream {
    final List<String> calls = new ArrayList<>();

    @Override
    public int read(ByteBuffer into) {
      throw new AssertionError("nothing runs that could read");
    }

    @Override
    public void write(ByteBuffer from) {
      calls.add("write " + UTF_8.decode(from));
    }

    @Override
    public void finish() {
      calls.add("finish");
    }

    @Override
    public void ignoreInput() {
      calls.add("ignore");
    }

    @Override
    public void whenLost(Runnable action) {
      calls.add("watch");
    }

    @Override
    public void reset() {
      calls.add("reset");
    }
  }

  private static final class Open implements Connection {
    boolean ended;

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void whenClosed(Runnable action) {}

    @Override
    public void end() {
      ended = true;
    }

    @Override
    public void cut() {
      throw new AssertionError("a failure is told");
    }
  }

  @Test
  void inputForAProgramThatNeverRanIsDroppedAndEveryStreamEnds() throws InterruptedException {
    Recorded stdin = new Recorded();
    Recorded stdout = new Recorded();
    Recorded error = new Recorded();
    Open connection = new Open();
    CommandStreams streams = new CommandStreams(stdin, stdout, null, error, null);
    new RemoteCommand(connection, streams, CommandProtocol.V4, "exec of x", false)
        .run(
            () -> {
              throw CriException.precondition("it is not there.");
            });
    assertThat(stdin.calls).containsExactly("ignore", "finish");
    assertThat(stdout.calls).contains("ignore").endsWith("finish");
    assertThat(error.calls.toString()).contains("write {").contains("it is not there.").endsWith("finish]");
    assertThat(connection.ended).isTrue();
  }

  @Test
  void aDefectIsToldWithoutItsInsides() throws InterruptedException {
    Recorded error = new Recorded();
    CommandStreams streams = new CommandStreams(null, new Recorded(), null, error, null);
    new RemoteCommand(new Open(), streams, CommandProtocol.V1, "exec of x", false)
        .run(
            () -> {
              throw new IllegalStateException("a secret of the inside");
            });
    assertThat(error.calls.toString()).contains("failed inside the runtime").doesNotContain("secret");
  }
}
