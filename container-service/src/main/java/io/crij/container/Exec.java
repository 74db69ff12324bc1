package io.crij.container;

import io.crij.container.launch.CgroupFacts;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Printable;
import io.crij.cri.ExecRequest;
import io.crij.helper.LaunchFailure;
import io.crij.helper.MonitorGone;
import io.crij.helper.ProcessStreams;
import io.crij.helper.StreamedExec;
import io.crij.helper.syscall.Errno;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Runs a program in a container for somebody who sits at the other end of its streams. */
public final class Exec {
  /** How long programs that the command left behind may hold its output open. */
  private static final Duration DRAIN = Duration.ofSeconds(1);

  private final ContainerHost host;

  public Exec(ContainerHost host) {
    this.host = host;
  }

  /**
   * Whether the request can be served, at the time of the call; the client comes for the streams later.
   *
   * @throws CriException NOT_FOUND; INVALID_ARGUMENT; FAILED_PRECONDITION if the container does not run
   */
  public void check(ExecRequest request) {
    running(request);
  }

  /**
   * Runs the program.
   *
   * @throws CriException as {@link #check}, and FAILED_PRECONDITION if the program is not there or cannot be executed; the
   *     message names it
   */
  public ProcessStreams open(ExecRequest request) {
    Container container = running(request);
    CgroupFacts cgroup = host.cgroups().facts(container.record().cgroup());
    StreamedExec exec =
        new StreamedExec(
            container.id(),
            Path.of(container.record().planFile()),
            request.getCmdList(),
            WantedStreams.of(request.getStdin(), request.getStdout(), request.getStderr()),
            request.getTty(),
            cgroup.unified(),
            cgroup.execFolder(),
            request.getTty() ? terminalType(container) : Map.of(),
            DRAIN);
    String program = "'" + Printable.of(request.getCmd(0)) + "'";
    try {
      return host.pods().ready(container.sandbox().hex()).monitor().exec(exec);
    } catch (LaunchFailure e) {
      throw failed(program + " could not be run in container " + container.id() + ": ", e);
    } catch (MonitorGone e) {
      throw new CriException(
          ErrorCode.UNAVAILABLE, program + " could not be run in container " + container.id() + ": " + e.getMessage() + ".", e);
    }
  }

  private Container running(ExecRequest request) {
    Container container = host.store().get(request.getContainerId());
    if (request.getCmdCount() == 0 || request.getCmd(0).isEmpty()) {
      throw CriException.invalid("cmd: there is no program to run in container " + container.id() + ".");
    }
    WantedStreams.check(request.getStdin(), request.getStdout(), request.getStderr(), request.getTty());
    if (container.state() != ContainerState.RUNNING) {
      throw CriException.precondition(
          "Nothing can be run in container " + container.id() + ": it is " + container.state() + ", not RUNNING.");
    }
    return container;
  }

  /** A program on a terminal has to know which kind it is; what the container was told goes first. */
  private static Map<String, String> terminalType(Container container) {
    boolean told = container.config().getEnvsList().stream().anyMatch(env -> env.getKey().equals("TERM"));
    return told ? Map.of() : Map.of("TERM", "xterm");
  }

  private static CriException failed(String start, LaunchFailure failure) {
    if (failure.isExec() && failure.errno() == Errno.ENOENT) {
      return new CriException(
          ErrorCode.FAILED_PRECONDITION, start + "it was not found in the container (no such file or directory).", failure);
    }
    if (failure.isExec() && failure.errno() == Errno.EACCES) {
      return new CriException(ErrorCode.FAILED_PRECONDITION, start + "it is not executable (permission denied).", failure);
    }
    ErrorCode code = failure.errno() == Errno.ESRCH ? ErrorCode.FAILED_PRECONDITION : ErrorCode.INTERNAL;
    return new CriException(code, start + failure.getMessage() + ".", failure);
  }
}
