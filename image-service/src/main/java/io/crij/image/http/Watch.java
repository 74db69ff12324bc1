package io.crij.image.http;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Looks at all open exchanges once a second and closes the sockets of those that wait in vain, which ends the waiting read. A timeout
 * of the socket would not do: within a TLS record it starts anew with each byte. No thread runs while nothing is exchanged.
 */
final class Watch {
  private static final Duration TICK = Duration.ofSeconds(1);

  private final PullTimeouts timeouts;
  private final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();
  private final BooleanSupplier sweep;
  private boolean running;

  /** @param sweep closes what was idle for too long, and says whether anything idle is left */
  Watch(PullTimeouts timeouts, BooleanSupplier sweep) {
    this.timeouts = timeouts;
    this.sweep = sweep;
  }

  /** What is watched of one exchange. Written by its thread, read by the watch. */
  abstract static class Exchange {
    private final Pace pace;
    /** When the head must be here, as of {@link System#nanoTime}. */
    private final long headBy;
    private volatile boolean inBody;
    /** Whether its thread waits for bytes; ticks for how long it does without one. */
    private volatile boolean waiting;
    private int idleTicks; // a tick more or less by a race does not matter
    private volatile String broken = "";

    Exchange(Pace pace, Duration headTimeout) {
      this.pace = pace;
      this.headBy = System.nanoTime() + headTimeout.toNanos();
    }

    void bodyBegins() {
      inBody = true;
    }

    void waits() {
      waiting = true;
    }

    void received(int count) {
      waiting = false;
      idleTicks = 0;
      if (count > 0 && inBody) {
        pace.count(count);
      }
    }

    /** What a failed read really was. */
    IOException explain(IOException e) {
      return broken.isEmpty() ? e : new StalledException(broken);
    }

    private void breakOff(String why) {
      broken = why;
      abort();
    }

    /** Makes the waiting read fail. */
    abstract void abort();
  }

  void begin(Exchange exchange) {
    exchanges.add(exchange);
    wake();
  }

  /** Sees to it that the watch runs; for what has become idle. */
  synchronized void wake() {
    if (!running) {
      running = true;
      Thread.ofVirtual().name("registry-watch").start(this::run);
    }
  }

  void end(Exchange exchange) {
    exchanges.remove(exchange);
  }

  private void run() {
    while (true) {
      try {
        Thread.sleep(TICK);
      } catch (InterruptedException e) {
        return; // Nobody has a reason to; nothing would be watched from here on.
      }
      tick(System.nanoTime());
      synchronized (this) {
        if (!sweep.getAsBoolean() && exchanges.isEmpty()) {
          running = false;
          return;
        }
      }
    }
  }

  /** One look at everything. */
  void tick(long now) {
    Map<Pace, Boolean> waited = new HashMap<>();
    for (Exchange exchange : exchanges) {
      if (!exchange.inBody) {
        if (now - exchange.headBy >= 0) {
          exchange.breakOff("does not answer in time");
        }
        continue;
      }
      if (exchange.waiting) {
        exchange.idleTicks++;
        if (exchange.idleTicks > timeouts.silence().toSeconds()) {
          exchange.breakOff("sent nothing for " + timeouts.silence().toSeconds() + " seconds");
        }
      }
      waited.merge(exchange.pace, exchange.waiting, Boolean::logicalOr);
    }
    waited.forEach(
        (pace, waiting) -> {
          if (pace.stalled(waiting, (int) timeouts.window().toSeconds(), timeouts.windowBytes())) {
            for (Exchange exchange : exchanges) {
              if (exchange.pace == pace && exchange.inBody && exchange.waiting) {
                exchange.breakOff("sent less than " + timeouts.windowBytes() + " bytes in " + timeouts.window().toSeconds() + " seconds");
              }
            }
          }
        });
  }

  /** Closes the socket at the deadline, unless it is met. */
  static Deadline closing(Socket socket, long deadline) {
    return new Deadline(socket, deadline);
  }

  /** A bound on the time that connecting takes, whatever the peer drips. */
  static final class Deadline {
    private final Thread timer;
    private volatile boolean passed;

    private Deadline(Socket socket, long deadline) {
      timer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      Thread.sleep(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
                      passed = true;
                      socket.close();
                    } catch (InterruptedException e) {
                      // The connection stands.
                    } catch (IOException e) {
                      // The waiting thread sees a closed socket either way.
                    }
                  });
    }

    /** @throws java.net.SocketTimeoutException if it was not met: the socket is closed then, or about to be */
    void met() throws IOException {
      timer.interrupt();
      if (passed) {
        throw new java.net.SocketTimeoutException("connecting took too long");
      }
    }

  }
}
