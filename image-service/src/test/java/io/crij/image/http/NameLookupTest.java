package io.crij.image.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class NameLookupTest {
  private static final int LONG_MILLIS = 60_000;

  private final AtomicInteger asked = new AtomicInteger();
  private final CountDownLatch answers = new CountDownLatch(1);

  private InetAddress[] hang(String host) throws UnknownHostException {
    asked.incrementAndGet();
    try {
      answers.await();
    } catch (InterruptedException e) {
      throw new UnknownHostException("interrupted");
    }
    return new InetAddress[] {InetAddress.getByAddress(host, new byte[] {10, 0, 0, 1})};
  }

  @Test
  @Timeout(30)
  void aResolverThatHangsHoldsNobodyBeyondTheLimit() throws Exception {
    NameLookup names = new NameLookup(this::hang);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> names.addresses("slow.example", 20)).isInstanceOf(ConnectException.class).hasMessageContaining("not resolved in time");
    }
    assertThat(asked).as("threads that hang for one name").hasValue(1);
    answers.countDown();
    assertThat(names.addresses("slow.example", LONG_MILLIS)[0].getHostAddress()).isEqualTo("10.0.0.1");
  }

  @Test
  void aNameIsLookedUpAnewEachTime() throws Exception {
    NameLookup names =
        new NameLookup(
            host -> {
              int last = asked.incrementAndGet();
              return new InetAddress[] {InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last})};
            });
    String first = names.addresses("a.example", LONG_MILLIS)[0].getHostAddress();
    String later = first;
    while (later.equals(first)) { // its thread may be just about to end
      later = names.addresses("a.example", LONG_MILLIS)[0].getHostAddress();
    }
    assertThat(later).isEqualTo("10.0.0.2");
  }

  @Test
  void aNameThatIsNoneIsSaidAsSuch() {
    NameLookup names =
        new NameLookup(
            host -> {
              throw new UnknownHostException("from the resolver");
            });
    assertThatThrownBy(() -> names.addresses("none.example", LONG_MILLIS)).isInstanceOf(UnknownHostException.class).hasMessage("none.example");
  }

  @Test
  @Timeout(30)
  void anInterruptEndsTheWait() throws Exception {
    NameLookup names = new NameLookup(this::hang);
    CountDownLatch stopped = new CountDownLatch(1);
    Thread asker =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    names.addresses("slow.example", LONG_MILLIS);
                  } catch (InterruptedIOException e) {
                    stopped.countDown();
                  } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });
    asker.interrupt();
    assertThat(stopped.await(20, TimeUnit.SECONDS)).isTrue();
    answers.countDown();
  }
}
