package io.crij.daemon.host;

import io.crij.helper.UnixDatagram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who started the daemon, as sd_notify(3) speaks with it: datagrams to the socket that the environment names. Without one nothing is
 * said to anybody.
 */
public final class ServiceManager {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);

  private final @Nullable String address;
  private final @Nullable Duration watchdog;

  private ServiceManager(@Nullable String address, @Nullable Duration watchdog) {
    this.address = address;
    this.watchdog = watchdog;
  }

  /**
   * Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID (sd_watchdog_enabled(3)).
   *
   * @param pid of this process: the watchdog may be meant for another
   */
  public static ServiceManager of(Map<String, String> environment, long pid) {
    String address = environment.getOrDefault("NOTIFY_SOCKET", "");
    boolean known = address.startsWith("/") || address.startsWith("@");
    if (!known) {
      if (!address.isEmpty()) {
        LOG.warn("NOTIFY_SOCKET={} is neither a path nor an abstract name: the service manager is not told that the daemon is ready.", address);
      }
      return new ServiceManager(null, null);
    }
    return new ServiceManager(address, watchdog(environment, pid).orElse(null));
  }

  private static Optional<Duration> watchdog(Map<String, String> environment, long pid) {
    String whose = environment.getOrDefault("WATCHDOG_PID", "");
    String micros = environment.getOrDefault("WATCHDOG_USEC", "");
    boolean ours = whose.isEmpty() || whose.equals(Long.toString(pid));
    if (!ours || !micros.matches("[1-9][0-9]{0,15}")) {
      return Optional.empty();
    }
    return Optional.of(Duration.ofNanos(Long.parseLong(micros) * 1000));
  }

  /** After so long without {@link #alive} the daemon is killed and started again; empty if it is not watched. */
  public Optional<Duration> watchdog() {
    return Optional.ofNullable(watchdog);
  }

  /** Clients may come. */
  public void ready(String status) {
    tell("READY=1\nSTATUS=" + status);
  }

  public void alive() {
    tell("WATCHDOG=1");
  }

  public void stopping() {
    tell("STOPPING=1\nSTATUS=stopping; pods keep running");
  }

  private void tell(String message) {
    if (address == null) {
      return;
    }
    try {
      UnixDatagram.send(address, message.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      LOG.warn("The service manager at {} could not be told {}: {}", address, message.lines().findFirst().orElse(""), e.getMessage());
    }
  }
}
