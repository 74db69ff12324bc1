package io.crij.nri.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.crij.nri.api.CDIDevice;
import io.crij.nri.wire.proto.Response;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class PluginLinkTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final CDIDevice ANYTHING = CDIDevice.newBuilder().setName("a/b=c").build();

  private final CompletableFuture<String> ended = new CompletableFuture<>();
  private SocketChannel theirs;
  private PluginLink link;

  @BeforeEach
  void connect(@TempDir Path folder) throws IOException {
    TestPeer.Pair pair = TestPeer.Pair.in(folder);
    theirs = pair.theirs();
    link = new PluginLink(pair.ours(), Thread.ofVirtual().factory(), this::serve, ended::complete);
    link.open();
  }

  @AfterEach
  void close() throws IOException {
    link.close();
    theirs.close();
  }

  private byte[] serve(String service, String method, ByteString payload) throws CallRefused {
    if (method.equals("Echo")) {
      return payload.toByteArray();
    }
    throw new CallRefused(CallRefused.UNIMPLEMENTED, "no " + service + "/" + method);
  }

  private CDIDevice call(Duration deadline) throws CallRefused, CallFailed {
    return link.call("S", "M", ANYTHING, CDIDevice.parser(), deadline);
  }

  @Test
  void bothSidesCallEachOther() throws Exception {
    TestPeer peer = new TestPeer(theirs, request -> Optional.of(ANYTHING).filter(any -> request.getMethod().equals("M")));
    for (int i = 0; i < 3; i++) {
      assertThat(call(LONG)).isEqualTo(ANYTHING);
      assertThat(peer.call("T", "Echo", ANYTHING).getPayload()).isEqualTo(ANYTHING.toByteString());
    }
    Response unknown = peer.call("T", "Other", ANYTHING);
    assertThat(unknown.getStatus().getCode()).isEqualTo(CallRefused.UNIMPLEMENTED);
    assertThat(unknown.getStatus().getMessage()).isEqualTo("no T/Other");
  }

  @Test
  void anErrorIsToldAndTheConnectionGoesOn() throws Exception {
    new TestPeer(theirs, request -> Optional.of(TestPeer.refusal(9, "not now")));
    assertThatThrownBy(() -> call(LONG)).isInstanceOf(CallRefused.class).hasMessage("not now");
    assertThatThrownBy(() -> call(LONG)).isInstanceOf(CallRefused.class);
    assertThat(link.endedWhy()).isNull();
  }

  @Test
  void withoutAnAnswerInTimeTheConnectionIsOver() throws Exception {
    TestPeer peer = new TestPeer(theirs, request -> Optional.empty());
    assertThatThrownBy(() -> call(SHORT)).isInstanceOf(CallFailed.class).hasMessage("it did not answer within 50 ms");
    peer.awaitEnd();
    assertThatThrownBy(() -> call(LONG)).isInstanceOf(CallFailed.class);
    assertThat(ended.get(10, TimeUnit.SECONDS)).isNotEmpty();
  }

  @Test
  void whoeverWaitsHearsOfTheEnd() throws Exception {
    CountDownLatch called = new CountDownLatch(1);
    TestPeer peer =
        new TestPeer(
            theirs,
            request -> {
              called.countDown();
              return Optional.empty();
            });
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                call(LONG);
              } catch (CallRefused | CallFailed e) {
                failure.complete(e);
              }
            });
    called.await();
    peer.close();
    assertThat(failure.get(10, TimeUnit.SECONDS)).isInstanceOf(CallFailed.class).hasMessage("it closed the connection");
  }

  @Test
  void oneWhoDoesNotReadIsCutOff() throws Exception {
    // Nobody reads at the other end: the socket's buffer takes some, the queue 16, and one is too many.
    CDIDevice large = CDIDevice.newBuilder().setName("x".repeat(300_000)).build();
    for (int i = 0; i < 80 && link.endedWhy() == null; i++) {
      Thread.ofVirtual().start(() -> assertThatThrownBy(() -> link.call("S", "M", large, CDIDevice.parser(), LONG)).isInstanceOf(CallFailed.class));
    }
    assertThat(ended.get(10, TimeUnit.SECONDS)).isEqualTo("it does not read what it is sent");
    assertThatThrownBy(() -> call(LONG)).isInstanceOf(CallFailed.class).hasMessage("it does not read what it is sent");
  }

  @Test
  void aCallThatIsTooLongIsNotSent() throws Exception {
    new TestPeer(theirs, request -> Optional.of(ANYTHING));
    CDIDevice large = CDIDevice.newBuilder().setName("x".repeat(4 << 20)).build();
    assertThatThrownBy(() -> link.call("S", "M", large, CDIDevice.parser(), LONG)).isInstanceOf(CallRefused.class);
    assertThat(call(LONG)).isEqualTo(ANYTHING);
  }

  @Test
  void garbageEndsTheConnection() throws Exception {
    theirs.write(ByteBuffer.allocate(8).putInt(2).putInt(Integer.MAX_VALUE).flip());
    assertThat(ended.get(10, TimeUnit.SECONDS)).startsWith("it broke the protocol: a piece of 2147483647 bytes");
  }

  @Test
  void anAnswerThatIsNoMessageIsNotWaitedFor() throws Exception {
    Thread peer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    theirs.read(ByteBuffer.allocate(1));
                    byte[] garbage = new TtrpcFrame(1, TtrpcFrame.Type.RESPONSE, new byte[] {-1, -1, -1}).encode();
                    theirs.write(ByteBuffer.allocate(8 + garbage.length).putInt(1).putInt(garbage.length).put(garbage).flip());
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
    assertThatThrownBy(() -> call(LONG)).isInstanceOf(CallFailed.class).hasMessageStartingWith("it broke the protocol: an answer that is no message");
    peer.join();
  }

  @Test
  void streamsMustGrow() throws Exception {
    for (int i = 0; i < 2; i++) {
      byte[] same = new TtrpcFrame(5, TtrpcFrame.Type.REQUEST, new byte[0]).encode();
      theirs.write(ByteBuffer.allocate(8 + same.length).putInt(2).putInt(same.length).put(same).flip());
    }
    assertThat(ended.get(10, TimeUnit.SECONDS)).contains("stream 5 after stream 5");
  }

  @Test
  void connectionsOfALaterVersionAreIgnored() throws Exception {
    theirs.write(ByteBuffer.allocate(12).putInt(9).putInt(4).putInt(-1).flip());
    new TestPeer(theirs, request -> Optional.of(ANYTHING));
    assertThat(call(LONG)).isEqualTo(ANYTHING);
  }
}
