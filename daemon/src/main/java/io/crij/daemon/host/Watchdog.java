package io.crij.daemon.host;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager that the daemon is alive for as long as a check from outside says so: three times in each period, once
 * more than sd_watchdog_enabled(3) asks for. When a check fails another one follows at once, so that one slow answer does not use up
 * the period. When all of them fail the manager hears nothing, and starts the daemon anew; pods go on.
 */
public final class Watchdog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  /** Between checks while all is well, and how long each may take: after one that failed by its deadline there is time for a whole other. */
  private static final int PAUSES_OF_A_PERIOD = 3;

  /** Between checks that fail at once. */
  private static final int RETRIES_OF_A_PERIOD = 60;

  private final Thread thread;

  /** Throws if the daemon does not answer as it should in this time. */
  @FunctionalInterface
  public interface Check {
    void run(Duration patience) throws Exception;
  }

  private Watchdog(Thread thread) {
    this.thread = thread;
  }

  /** On a thread of the system: virtual ones may be what has come to a stop. */
  public static Watchdog begin(ServiceManager manager, Duration period, Check check) {
    return new Watchdog(Thread.ofPlatform().daemon().name("watchdog").start(() -> watch(manager, period, check)));
  }

  private static void watch(ServiceManager manager, Duration period, Check check) {
    Duration pause = period.dividedBy(PAUSES_OF_A_PERIOD);
    try {
      while (true) {
        boolean answered = answers(check, pause);
        if (answered) {
          manager.alive();
        }
        Thread.sleep(answered ? pause : period.dividedBy(RETRIES_OF_A_PERIOD));
      }
    } catch (InterruptedException ended) {
      return;
    }
  }

  private static boolean answers(Check check, Duration patience) throws InterruptedException {
    try {
      check.run(patience);
      return true;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      if (Thread.interrupted()) {
        throw new InterruptedException("the daemon stops, and its check with it");
      }
      LOG.error("The daemon does not answer itself, and is started anew if that stays so: {}", e.getMessage());
      return false;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
