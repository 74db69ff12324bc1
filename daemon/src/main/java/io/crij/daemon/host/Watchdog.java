package io.crij.daemon.host;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager that the daemon is alive for as long as a check from outside says so: twice in each period, as
 * sd_watchdog_enabled(3) wants it. When the check fails the manager hears nothing, and starts the daemon anew; pods go on.
 */
public final class Watchdog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  private final Thread thread;

  /** Throws if the daemon does not answer as it should; returns within its own deadline. */
  @FunctionalInterface
  public interface Check {
    void run() throws Exception;
  }

  private Watchdog(Thread thread) {
    this.thread = thread;
  }

  /** On a thread of the system: virtual ones may be what has come to a stop. */
  public static Watchdog begin(ServiceManager manager, Duration period, Check check) {
    return new Watchdog(Thread.ofPlatform().daemon().name("watchdog").start(() -> watch(manager, period.dividedBy(2), check)));
  }

  private static void watch(ServiceManager manager, Duration pause, Check check) {
    try {
      while (true) {
        try {
          check.run();
          manager.alive();
        } catch (InterruptedException e) {
          throw e;
        } catch (Exception e) {
          LOG.error("The daemon does not answer itself, and is started anew if that stays so: {}", e.getMessage());
        }
        Thread.sleep(pause);
      }
    } catch (InterruptedException ended) {
      return;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
