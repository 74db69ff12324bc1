package io.crij.container;

import com.google.protobuf.ByteString;
import io.crij.container.launch.CgroupFacts;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Printable;
import io.crij.cri.ExecSyncRequest;
import io.crij.cri.ExecSyncResponse;
import io.crij.helper.ExecRequest;
import io.crij.helper.ExecSession;
import io.crij.helper.LaunchFailure;
import io.crij.helper.MonitorGone;
import io.crij.helper.syscall.Errno;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a program in a container and returns what it wrote and how it ended. */
public final class ExecSync {
  private static final Logger LOG = LoggerFactory.getLogger(ExecSync.class);

  /** The reply, both streams and the frame around them, has to stay below the 16 MiB that clients accept. */
  private static final int MAX_OUTPUT_BYTES = (16 << 20) - (64 << 10);

  /** Two replies of the largest size; whoever runs more at a time gets shorter ones. */
  private static final long MEMORY_BYTES = 32 << 20;

  private static final Duration NO_LIMIT = Duration.ofDays(365);

  /** How long programs that the command left behind may hold its output open. */
  private static final Duration DRAIN = Duration.ofSeconds(1);

  private static final Duration KILL_PATIENCE = Duration.ofSeconds(5);

  private static final int NOT_FOUND = 127;
  private static final int NOT_EXECUTABLE = 126;

  private final ContainerHost host;
  private final OutputMemory memory = new OutputMemory(MEMORY_BYTES);

  public ExecSync(ContainerHost host) {
    this.host = host;
  }

  /**
   * A program that does not exist is an answer: exit code 127, or 126 for one that cannot be executed.
   *
   * @throws CriException NOT_FOUND; FAILED_PRECONDITION if the container does not run; DEADLINE_EXCEEDED when the program did
   *     not end in time, after it and all that it forked were killed; CANCELLED likewise if the client went away
   */
  public ExecSyncResponse run(ExecSyncRequest request) {
    Container container = host.store().get(request.getContainerId());
    if (request.getCmdCount() == 0 || request.getCmd(0).isEmpty()) {
      throw CriException.invalid("cmd: there is no program to run in container " + container.id() + ".");
    }
    if (request.getCmdList().stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
      throw CriException.invalid("cmd: a word of it holds a NUL byte, at which the kernel would cut it off.");
    }
    if (request.getTimeout() < 0) {
      throw CriException.invalid("timeout: " + request.getTimeout() + " is less than 0.");
    }
    if (container.state() != ContainerState.RUNNING) {
      throw CriException.precondition(
          "Nothing can be run in container " + container.id() + ": it is " + container.state() + ", not RUNNING.");
    }
    Duration timeout = request.getTimeout() == 0 ? NO_LIMIT : shorter(Duration.ofSeconds(request.getTimeout()), NO_LIMIT);
    CgroupFacts cgroup = host.cgroups().facts(container.record().cgroup());
    ExecRequest exec =
        new ExecRequest(
            container.id(),
            Path.of(container.record().planFile()),
            request.getCmdList(),
            Set.of(),
            cgroup.unified(),
            cgroup.execFolder(),
            Map.of(),
            MAX_OUTPUT_BYTES,
            DRAIN);
    try {
      return run(container, host.pods().ready(container.sandbox().hex()).monitor().exec(exec), timeout);
    } catch (LaunchFailure e) {
      return notStarted(container, request.getCmdList(), e);
    } catch (MonitorGone e) {
      throw new CriException(
          ErrorCode.UNAVAILABLE, "Nothing can be run in container " + container.id() + ": " + e.getMessage() + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CriException(
          ErrorCode.CANCELLED, "The client gave up on a program in container " + container.id() + ", and it was killed.", e);
    } catch (CriException e) {
      if (e.code() != ErrorCode.DEADLINE_EXCEEDED) {
        throw e;
      }
      throw new CriException(
          ErrorCode.DEADLINE_EXCEEDED,
          "'" + Printable.of(String.join(" ", request.getCmdList())) + "' in container " + container.id()
              + " did not end within " + timeout.toSeconds() + " s and was killed.",
          e);
    }
  }

  private ExecSyncResponse run(Container container, ExecSession session, Duration timeout) throws InterruptedException {
    boolean ended = false;
    try (ProgramOutput output = new ProgramOutput(memory, MAX_OUTPUT_BYTES)) {
      int exitCode = session.drainTo(output, timeout);
      ended = true;
      if (output.dropped() > 0) {
        LOG.warn("{} bytes that a program wrote in container {} are not in its reply", output.dropped(), container.id());
      }
      return output.response(exitCode);
    } finally {
      session.close();
      if (!ended) {
        awaitReaped(session.pid());
      }
    }
  }

  /** Whoever looks for a killed program right after the reply must not find it, not even as a zombie. */
  private static void awaitReaped(int pid) {
    ProcessHandle.of(pid)
        .ifPresent(
            process -> process.onExit().completeOnTimeout(process, KILL_PATIENCE.toMillis(), TimeUnit.MILLISECONDS).join());
  }

  private static ExecSyncResponse notStarted(Container container, List<String> cmd, LaunchFailure failure) {
    if (failure.isExec() && (failure.errno() == Errno.ENOENT || failure.errno() == Errno.EACCES)) {
      boolean missing = failure.errno() == Errno.ENOENT;
      String why = "'" + Printable.of(cmd.getFirst()) + "' " + (missing ? "was not found" : "cannot be executed") + " in the container\n";
      return ExecSyncResponse.newBuilder()
          .setExitCode(missing ? NOT_FOUND : NOT_EXECUTABLE)
          .setStderr(ByteString.copyFromUtf8(why))
          .build();
    }
    ErrorCode code = failure.errno() == Errno.ESRCH ? ErrorCode.FAILED_PRECONDITION : ErrorCode.INTERNAL;
    throw new CriException(
        code,
        "'" + Printable.of(cmd.getFirst()) + "' could not be run in container " + container.id() + ": " + failure.getMessage() + ".",
        failure);
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
