package io.crij.helper.testing;

import io.crij.core.ObjectId;
import io.crij.helper.ContainerState;
import io.crij.helper.ExecRequest;
import io.crij.helper.ExecSession;
import io.crij.helper.ExitListener;
import io.crij.helper.ForwardedPort;
import io.crij.helper.HoldListener;
import io.crij.helper.LaunchFailure;
import io.crij.helper.Monitor;
import io.crij.helper.PodSetup;
import io.crij.helper.ProcessStreams;
import io.crij.helper.StandardStream;
import io.crij.helper.StartRequest;
import io.crij.helper.StreamedExec;
import io.crij.helper.syscall.Errno;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** A connection to a {@link FakeMonitor}; exits arrive on a thread of its own, as they do over a socket. */
final class FakeConnection implements Monitor {
  private final FakeMonitor monitor;
  private final ObjectId pod;
  private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private @Nullable ExitListener listener;
  private @Nullable Thread delivery;

  FakeConnection(FakeMonitor monitor, ObjectId pod) {
    this.monitor = monitor;
    this.pod = pod;
  }

  @Override
  public ObjectId pod() {
    return pod;
  }

  @Override
  public Hello hello() {
    return monitor.hello();
  }

  @Override
  public int setUp(PodSetup setup) {
    return monitor.setUp(setup);
  }

  @Override
  public Started start(StartRequest request, HoldListener listener) {
    monitor.holds(request).forEach(listener::held);
    return monitor.start(request);
  }

  @Override
  public void kill(ObjectId container, int signal) {
    monitor.kill(container, signal);
  }

  @Override
  public List<ContainerState> status() {
    return monitor.status();
  }

  @Override
  public void watch(ExitListener watcher) {
    listener = watcher;
    delivery = Thread.ofVirtual().start(this::deliver);
    monitor.watch(this);
  }

  @Override
  public void ack(long sequence) {
    monitor.ack(sequence);
  }

  @Override
  public void forget(ObjectId container) {
    monitor.forget(container);
  }

  @Override
  public void reopenLog(ObjectId container) {
    monitor.reopenLog(container);
  }

  @Override
  public void shutdown() {
    monitor.shutdown();
  }

  @Override
  public ExecSession exec(ExecRequest request) {
    FakeMonitor.ExecResult result = monitor.exec(request);
    int pid = monitor.nextPid();
    return new ExecSession() {
      @Override
      public int pid() {
        return pid;
      }

      @Override
      public int drainTo(OutputSink sink, Duration timeout) {
        if (result.stdout().length > 0) {
          sink.stdout(result.stdout().clone());
        }
        if (result.stderr().length > 0) {
          sink.stderr(result.stderr().clone());
        }
        return result.exitCode();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public ProcessStreams exec(StreamedExec request) {
    throw new LaunchFailure(Errno.ENOSYS, "exec", "the fake monitor has no live streams", -1);
  }

  @Override
  public ProcessStreams attach(ObjectId container, Set<StandardStream> streams) {
    throw new LaunchFailure(Errno.ENOSYS, "attach", "the fake monitor has no live streams", -1);
  }

  @Override
  public ForwardedPort forward(int port) {
    throw new LaunchFailure(Errno.ECONNREFUSED, "forward", "127.0.0.1:" + port, -1);
  }

  @Override
  public void close() {
    monitor.unwatch(this);
    Thread thread = delivery;
    if (thread != null) {
      thread.interrupt();
    }
  }

  void tell(FakeMonitor.Exit exit) {
    ExitListener told = listener;
    if (told != null) {
      events.add(() -> told.exited(exit.sequence(), exit.container(), exit.exitCode(), exit.finishedAtNs()));
    }
  }

  void tellGone() {
    ExitListener told = listener;
    if (told != null) {
      events.add(() -> told.monitorGone(pod));
    }
  }

  private void deliver() {
    try {
      while (true) {
        events.take().run();
      }
    } catch (InterruptedException e) {
      // The connection was closed.
      Thread.currentThread().interrupt();
    }
  }
}
