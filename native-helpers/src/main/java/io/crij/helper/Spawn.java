package io.crij.helper;

import io.crij.core.ObjectId;
import io.crij.helper.wire.FieldReader;
import io.crij.helper.wire.FieldWriter;
import io.crij.helper.wire.Frame;
import io.crij.helper.wire.MessageType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one child of the daemon, {@code crij-pod spawn} (PROTOCOL.md section 2), through which monitors, plugins and calls that may
 * hang are started. One that died is started again by the next call; what it was doing then fails with IOException.
 */
public final class Spawn implements ProgramRunner, MonitorStarter, ForeignPaths, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Spawn.class);

  /** How much longer than its own deadline a reply is waited for. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  /** Of stdout and of stderr, each: both have to fit into one reply. */
  private static final int MAX_OUTPUT_BYTES = 500 << 10;

  private static final int STAT = 1;
  private static final int MKDIRS = 2;

  private final Path crijPod;
  private final List<Path> taskFiles;
  private final ReentrantLock starting = new ReentrantLock();
  private volatile SpawnProcess process;
  private volatile boolean closed;

  private Spawn(Path crijPod, List<Path> taskFiles) throws IOException {
    this.crijPod = crijPod;
    this.taskFiles = List.copyOf(taskFiles);
    this.process = SpawnProcess.start(crijPod, taskFiles);
  }

  /**
   * Starts the child.
   *
   * @param crijPod the executable
   * @param taskFiles the {@code tasks} or {@code cgroup.procs} files of the monitors' cgroup, one for every hierarchy
   */
  public static Spawn start(Path crijPod, List<Path> taskFiles) throws IOException {
    return new Spawn(crijPod, taskFiles);
  }

  @Override
  public Outcome run(Program program) throws IOException {
    FieldWriter fields = new FieldWriter(1024 + program.stdin().length).text(1, program.file().toString());
    program.argv().forEach(argument -> fields.text(2, argument));
    program.env().forEach((name, value) -> fields.text(3, name + "=" + value));
    fields
        .bytes(4, program.stdin())
        .number(5, program.deadline().toMillis())
        .number(6, Math.min(program.maxOutputBytes(), MAX_OUTPUT_BYTES));
    FieldReader in;
    try {
      in = call(MessageType.RUN, fields, program.deadline()).fields();
    } catch (LaunchFailure e) {
      throw new IOException("The program " + program.file() + " cannot be run: " + e.getMessage(), e);
    }
    int exitCode = 0;
    byte[] stdout = {};
    byte[] stderr = {};
    boolean timedOut = false;
    while (in.next()) {
      switch (in.tag()) {
        case 1 -> exitCode = in.number(0, 255);
        case 2 -> stdout = in.bytes();
        case 3 -> stderr = in.bytes();
        case 4 -> timedOut = in.flag();
        default -> {}
      }
    }
    return new Outcome(exitCode, stdout, stderr, timedOut);
  }

  @Override
  public MonitorBirth startMonitor(ObjectId pod, Path runFolder) throws IOException {
    FieldWriter fields = new FieldWriter().text(1, pod.hex()).text(2, runFolder.toString());
    FieldReader in = call(MessageType.MONITOR, fields, Duration.ZERO).fields();
    int pid = 0;
    long startTicks = 0;
    while (in.next()) {
      switch (in.tag()) {
        case 1 -> pid = in.number(1, Integer.MAX_VALUE);
        case 2 -> startTicks = in.number();
        default -> {}
      }
    }
    return new MonitorBirth(pid, startTicks);
  }

  @Override
  public PathFacts stat(String path, Duration deadline) throws IOException {
    return path(STAT, path, deadline);
  }

  @Override
  public PathFacts mkdirs(String path, Duration deadline) throws IOException {
    return path(MKDIRS, path, deadline);
  }

  /** Ends the child and whatever program it still runs. Monitors stay. */
  @Override
  public void close() {
    starting.lock();
    try {
      closed = true;
      process.close();
    } finally {
      starting.unlock();
    }
  }

  private PathFacts path(int operation, String path, Duration deadline) throws IOException {
    FieldWriter fields = new FieldWriter().number(1, operation).text(2, path).number(3, deadline.toMillis());
    FieldReader in = call(MessageType.PATH, fields, deadline).fields();
    int mode = 0;
    long device = 0;
    long inode = 0;
    long rdev = 0;
    while (in.next()) {
      switch (in.tag()) {
        case 1 -> mode = in.number(0, 0xFFFF);
        case 2 -> device = in.number();
        case 3 -> inode = in.number();
        case 4 -> rdev = in.number();
        default -> {}
      }
    }
    return new PathFacts(mode, device, inode, rdev);
  }

  private Frame call(int type, FieldWriter fields, Duration deadline) throws IOException {
    CompletableFuture<Frame> reply = send(type, fields.toByteArray());
    try {
      return Replies.expect(type, Waiting.uninterrupted(reply, deadline.plus(GRACE)));
    } catch (ExecutionException e) {
      throw new IOException(e.getCause() == null ? e.getMessage() : e.getCause().getMessage(), e);
    } catch (TimeoutException e) {
      throw new IOException("crij-pod spawn did not answer within " + deadline.plus(GRACE).toMillis() + " ms", e);
    }
  }

  private CompletableFuture<Frame> send(int type, byte[] request) throws IOException {
    SpawnProcess current = living();
    try {
      return current.send(type, request);
    } catch (IOException e) {
      // It is gone, and nobody knew yet. It had no whole request, so it has run nothing of this one: the next may have it.
      LOG.debug("crij-pod spawn took no request", e);
      return living().send(type, request);
    }
  }

  private SpawnProcess living() throws IOException {
    SpawnProcess current = process;
    if (current.isAlive() && !closed) {
      return current;
    }
    starting.lock();
    try {
      if (closed) {
        throw new IOException("crij-pod spawn is closed");
      }
      if (!process.isAlive()) {
        LOG.warn("crij-pod spawn ended by itself and is started again");
        process = SpawnProcess.start(crijPod, taskFiles);
      }
      return process;
    } finally {
      starting.unlock();
    }
  }
}
