package io.crij.daemon.stream;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.AttachRequest;
import io.crij.cri.ExecRequest;
import io.crij.cri.PortForwardRequest;
import io.crij.helper.ForwardedPort;
import io.crij.helper.ProcessStreams;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Gives out processes and ports that the test plays; what it does not know it refuses as the real one does. */
final class FakeBackend implements StreamBackend {
  private final BlockingQueue<FakeProcess> started = new LinkedBlockingQueue<>();
  final Map<Integer, FakePort> listening = new ConcurrentHashMap<>();

  /** The next process that a client started or attached to. */
  FakeProcess next() throws InterruptedException {
    FakeProcess process = started.poll(20, TimeUnit.SECONDS);
    if (process == null) {
      throw new AssertionError("no client opened anything");
    }
    return process;
  }

  boolean nothingStarted() {
    return started.isEmpty();
  }

  @Override
  public void check(ExecRequest request) {
    if (request.getContainerId().isEmpty()) {
      throw CriException.notFound("there is no such container");
    }
  }

  @Override
  public void check(AttachRequest request) {}

  @Override
  public void check(PortForwardRequest request) {}

  @Override
  public ProcessStreams open(ExecRequest request) {
    if (request.getCmd(0).equals("/missing")) {
      throw CriException.precondition("'/missing' was not found in the container.");
    }
    return start();
  }

  @Override
  public ProcessStreams open(AttachRequest request) {
    return start();
  }

  private FakeProcess start() {
    FakeProcess process = new FakeProcess();
    started.add(process);
    return process;
  }

  @Override
  public ForwardedPort connect(String podSandboxId, int port) {
    FakePort found = listening.get(port);
    if (found == null) {
      throw new CriException(ErrorCode.UNAVAILABLE, "Port " + port + " cannot be reached: connection refused.");
    }
    return found;
  }
}
