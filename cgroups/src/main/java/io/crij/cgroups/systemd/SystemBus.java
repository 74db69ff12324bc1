package io.crij.cgroups.systemd;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.freedesktop.dbus.connections.IDisconnectCallback;
import org.freedesktop.dbus.connections.impl.DBusConnection;
import org.freedesktop.dbus.connections.impl.DBusConnectionBuilder;
import org.freedesktop.dbus.errors.NoReply;
import org.freedesktop.dbus.errors.ServiceUnknown;
import org.freedesktop.dbus.errors.Timeout;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.exceptions.DBusExecutionException;
import org.freedesktop.dbus.exceptions.NotConnected;
import org.freedesktop.dbus.types.UInt32;
import org.freedesktop.dbus.types.UInt64;
import org.freedesktop.dbus.types.Variant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * systemd over the system bus. Connects when first used and again after a connection was lost. Nothing is sent twice: whether a
 * call arrived whose answer was lost, nobody knows, and its caller hears UNAVAILABLE.
 */
public final class SystemBus implements Units {
  private static final Logger LOG = LoggerFactory.getLogger(SystemBus.class);
  private static final String SERVICE = "org.freedesktop.systemd1";
  private static final String OBJECT = "/org/freedesktop/systemd1";
  private static final Duration JOB_DEADLINE = Duration.ofSeconds(30);

  private final Map<String, Job> jobs = new ConcurrentHashMap<>();
  private final String address;
  private @Nullable DBusConnection connection;
  private @Nullable SystemdManager manager;

  /** @param address of the bus as in DBUS_SYSTEM_BUS_ADDRESS, such as {@code unix:path=/run/dbus/system_bus_socket} */
  public SystemBus(String address) {
    this.address = address;
  }

  @Override
  public void start(String unit, List<UnitProperty> properties) {
    List<SystemdManager.Property> wire = wire(properties);
    try {
      job(unit, "started", systemd -> systemd.startTransientUnit(unit, "fail", wire, List.of()));
    } catch (Refused e) {
      if (!Slices.isSlice(unit) || !isLoaded(unit, true)) {
        throw refused(unit, "started", e);
      }
    }
  }

  @Override
  public void set(String unit, List<UnitProperty> properties) {
    if (properties.isEmpty()) {
      return;
    }
    List<SystemdManager.Property> wire = wire(properties);
    try {
      tell("given its limits", unit, systemd -> systemd.setUnitProperties(unit, true, wire));
    } catch (Refused e) {
      throw refused(unit, "given its limits", e);
    }
  }

  @Override
  public void stop(String unit) {
    try {
      job(unit, "stopped", systemd -> systemd.stopUnit(unit, "replace"));
      tell("forgotten", unit, systemd -> systemd.resetFailedUnit(unit));
    } catch (Refused e) {
      if (isLoaded(unit, false)) {
        throw refused(unit, "stopped", e);
      }
    }
  }

  @Override
  public List<Unit> list(List<String> patterns) {
    return listed(patterns).stream().map(listed -> new Unit(listed.name, listed.description)).toList();
  }

  /** Errors have names on the bus, which the library keeps to itself: so what a refusal means is seen by looking again. */
  private boolean isLoaded(String unit, boolean active) {
    return listed(List.of(unit)).stream().anyMatch(listed -> !active || listed.activeState.equals("active"));
  }

  private List<SystemdManager.Listed> listed(List<String> patterns) {
    try {
      return ask("listed", patterns.toString(), systemd -> systemd.listUnitsByPatterns(List.of(), patterns));
    } catch (Refused e) {
      throw refused(patterns.toString(), "listed", e);
    }
  }

  @Override
  public synchronized void close() {
    DBusConnection open = connection;
    connection = null;
    manager = null;
    if (open != null) {
      open.disconnect();
    }
  }

  /**
   * Asks for a job and waits until systemd has removed it, which it does in every case. Jobs of one unit wait for each other: a
   * container may be removed while its end is looked after.
   */
  private void job(String unit, String verb, Function<SystemdManager, ?> request) throws Refused {
    Job job = new Job(new CompletableFuture<>(), new CountDownLatch(1));
    try {
      takeTurn(unit, verb, job);
      try {
        ask(verb, unit, request);
        String result = job.result.get(JOB_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        if (!result.equals("done") && !result.equals("skipped")) {
          throw new CriException(
              ErrorCode.INTERNAL, "The unit " + unit + " could not be " + verb + ": systemd ended its job as '" + result + "'; see systemctl status " + unit + ".");
        }
      } finally {
        jobs.remove(unit);
        job.over.countDown();
      }
    } catch (TimeoutException e) {
      throw unavailable(unit, verb, "systemd took longer than " + JOB_DEADLINE.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      throw unavailable(unit, verb, "the connection to the system bus was lost", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(unit, verb, "the call was given up", e);
    }
  }

  private void takeTurn(String unit, String verb, Job job) throws InterruptedException {
    long end = System.nanoTime() + JOB_DEADLINE.toNanos();
    for (Job other = jobs.putIfAbsent(unit, job); other != null; other = jobs.putIfAbsent(unit, job)) {
      if (!other.over.await(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        throw unavailable(unit, verb, "another change of it has been under way for " + JOB_DEADLINE.toSeconds() + " s", null);
      }
    }
  }

  private void tell(String verb, String unit, Consumer<SystemdManager> request) throws Refused {
    ask(
        verb,
        unit,
        systemd -> {
          request.accept(systemd);
          return true;
        });
  }

  private <T> T ask(String verb, String unit, Function<SystemdManager, T> request) throws Refused {
    SystemdManager systemd;
    try {
      systemd = connected();
    } catch (DBusException | RuntimeException e) {
      throw unavailable(unit, verb, "the system bus at " + address + " does not answer", e);
    }
    try {
      return request.apply(systemd);
    } catch (NoReply | ServiceUnknown | Timeout | NotConnected e) {
      lost(systemd);
      throw unavailable(unit, verb, "systemd does not answer on the system bus (" + e.getClass().getSimpleName() + ")", e);
    } catch (DBusExecutionException e) {
      if (e.getCause() == null) {
        throw new Refused(e);
      }
      lost(systemd);
      throw unavailable(unit, verb, "the connection to the system bus was lost", e);
    } catch (RuntimeException e) {
      lost(systemd);
      throw unavailable(unit, verb, "the connection to the system bus was lost", e);
    }
  }

  private synchronized SystemdManager connected() throws DBusException {
    SystemdManager known = manager;
    DBusConnection open = connection;
    if (known != null && open != null && open.isConnected()) {
      return known;
    }
    close();
    DBusConnection fresh =
        DBusConnectionBuilder.forAddress(address)
            .withShared(false)
            .withDisconnectCallback(
                new IDisconnectCallback() {
                  @Override
                  public void disconnectOnError(IOException failure) {
                    giveUpJobs();
                  }
                })
            .receivingThreadConfig()
            .withSignalThreadCount(1)
            .withErrorHandlerThreadCount(1)
            .withMethodCallThreadCount(1)
            .withMethodReturnThreadCount(1)
            .connectionConfig()
            .build();
    try {
      fresh.addSigHandler(SystemdManager.JobRemoved.class, this::jobRemoved);
      SystemdManager systemd = fresh.getRemoteObject(SERVICE, OBJECT, SystemdManager.class);
      systemd.subscribe();
      connection = fresh;
      manager = systemd;
      return systemd;
    } catch (DBusException | RuntimeException e) {
      fresh.disconnect();
      throw e;
    }
  }

  /** The next call connects anew; jobs that wait for a signal would wait in vain. */
  private synchronized void lost(SystemdManager systemd) {
    if (manager == systemd) {
      LOG.info("The connection to the system bus is given up");
      close();
      giveUpJobs();
    }
  }

  private void giveUpJobs() {
    Set.copyOf(jobs.values()).forEach(job -> job.result.completeExceptionally(new IllegalStateException("the connection was lost")));
  }

  private void jobRemoved(SystemdManager.JobRemoved signal) {
    Job job = jobs.get(signal.unit);
    if (job != null) {
      job.result.complete(signal.result);
    }
  }

  private static List<SystemdManager.Property> wire(List<UnitProperty> properties) {
    List<SystemdManager.Property> wire = new ArrayList<>();
    for (UnitProperty property : properties) {
      wire.add(new SystemdManager.Property(property.name(), value(property)));
    }
    return wire;
  }

  private static Variant<?> value(UnitProperty property) {
    return switch (property) {
      case UnitProperty.Flag flag -> new Variant<>(flag.value());
      case UnitProperty.Text text -> new Variant<>(text.value());
      case UnitProperty.Number number ->
          new Variant<>(number.value() == UnitProperty.INFINITY ? new UInt64(UInt64.MAX_BIG_VALUE.toString()) : new UInt64(number.value()));
      case UnitProperty.Processes processes ->
          new Variant<>(processes.pids().stream().map(UInt32::new).toArray(UInt32[]::new), "au");
      case UnitProperty.Bits bits -> {
        byte[] bytes = new byte[bits.value().size()];
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = bits.value().get(i);
        }
        yield new Variant<>(bytes, "ay");
      }
    };
  }

  private static CriException unavailable(String unit, String verb, String why, @Nullable Throwable cause) {
    String message = "The unit " + unit + " could not be " + verb + ": " + why + ".";
    return cause == null ? new CriException(ErrorCode.UNAVAILABLE, message) : new CriException(ErrorCode.UNAVAILABLE, message, cause);
  }

  private static CriException refused(String unit, String verb, Refused refusal) {
    return CriException.internal("The unit " + unit + " could not be " + verb + ": systemd says: " + refusal.getMessage() + ".", refusal);
  }

  /**
   * What a caller waits for, under the name of its unit in {@link #jobs}.
   *
   * @param result as systemd names it
   * @param over the next one may ask for its own
   */
  private record Job(CompletableFuture<String> result, CountDownLatch over) {}

  /** systemd understood and said no. */
  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    Refused(DBusExecutionException cause) {
      super(cause.getMessage(), cause);
    }
  }
}
