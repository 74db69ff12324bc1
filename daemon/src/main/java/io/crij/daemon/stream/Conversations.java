package io.crij.daemon.stream;

import io.crij.cri.AttachRequest;
import io.crij.cri.ExecRequest;
import io.crij.cri.PortForwardRequest;
import io.crij.daemon.stream.session.CommandProtocol;
import io.crij.daemon.stream.session.CommandStreams;
import io.crij.daemon.stream.session.RemoteCommand;
import io.crij.daemon.stream.spdy.SpdyCommand;
import io.crij.daemon.stream.spdy.SpdyForward;
import io.crij.daemon.stream.spdy.SpdySession;
import io.crij.daemon.stream.websocket.ChannelForward;
import io.crij.daemon.stream.websocket.ChannelSession;
import io.crij.daemon.stream.wire.ClientGone;
import io.crij.helper.ProcessStreams;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done on an upgraded connection, in plain blocking code, from the first stream to the last. */
final class Conversations {
  private static final Logger LOG = LoggerFactory.getLogger("io.crij.stream");

  private static final int NAME_CHARACTERS = 64;

  private final StreamBackend backend;

  Conversations(StreamBackend backend) {
    this.backend = backend;
  }

  /** An exec or attach over SPDY. */
  void command(SpdySession session, StreamRequest request, CommandProtocol protocol) throws InterruptedException {
    Wanted wanted = Wanted.of(request);
    try {
      CommandStreams streams = SpdyCommand.accept(session, wanted.stdin(), wanted.stdout(), wanted.stderr(), wanted.tty(), protocol);
      run(new RemoteCommand(session, streams, protocol, wanted.name(), request instanceof StreamRequest.Attach), request);
    } catch (ClientGone e) {
      LOG.info("{} not begun: {}", wanted.name(), e.getMessage());
    }
  }

  /** An exec or attach over WebSocket. */
  void command(ChannelSession session, StreamRequest request, CommandProtocol protocol) throws InterruptedException {
    Wanted wanted = Wanted.of(request);
    try {
      CommandStreams streams = session.command(wanted.stdin(), wanted.stdout(), wanted.stderr(), wanted.tty());
      run(new RemoteCommand(session, streams, protocol, wanted.name(), request instanceof StreamRequest.Attach), request);
    } catch (ClientGone e) {
      LOG.info("{} not begun: {}", wanted.name(), e.getMessage());
    }
  }

  /** Any number of forwarded connections over SPDY. */
  void forward(SpdySession session, PortForwardRequest request) throws InterruptedException {
    String pod = request.getPodSandboxId();
    new SpdyForward(session, port -> backend.connect(pod, port), "port-forward pod=" + pod).run();
  }

  /** A connection to each of the request's ports over WebSocket. */
  void forward(ChannelSession session, PortForwardRequest request) throws InterruptedException {
    String pod = request.getPodSandboxId();
    ChannelForward.run(session, request.getPortList(), port -> backend.connect(pod, port), "port-forward pod=" + pod);
  }

  private void run(RemoteCommand command, StreamRequest request) throws InterruptedException {
    command.run(() -> open(request));
  }

  private ProcessStreams open(StreamRequest request) {
    return switch (request) {
      case StreamRequest.Exec exec -> backend.open(exec.request());
      case StreamRequest.Attach attach -> backend.open(attach.request());
      case StreamRequest.PortForward forward -> throw new IllegalArgumentException("a port-forward is no command");
    };
  }

  /** @param name for the log: the program without its arguments, for they may hold secrets */
  private record Wanted(boolean stdin, boolean stdout, boolean stderr, boolean tty, String name) {
    static Wanted of(StreamRequest request) {
      return switch (request) {
        case StreamRequest.Exec exec -> of(exec.request());
        case StreamRequest.Attach attach -> of(attach.request());
        case StreamRequest.PortForward forward -> throw new IllegalArgumentException("a port-forward is no command");
      };
    }

    private static Wanted of(ExecRequest exec) {
      String name = "exec of " + program(exec.getCmd(0)) + " container=" + exec.getContainerId();
      return new Wanted(exec.getStdin(), exec.getStdout(), exec.getStderr(), exec.getTty(), name);
    }

    /** In a form that cannot break a line of the log. */
    private static String program(String command) {
      String name = command.substring(command.lastIndexOf('/') + 1).replaceAll("[^\\p{Graph}]", "?");
      return name.length() <= NAME_CHARACTERS ? name : name.substring(0, NAME_CHARACTERS) + "…";
    }

    private static Wanted of(AttachRequest attach) {
      return new Wanted(attach.getStdin(), attach.getStdout(), attach.getStderr(), attach.getTty(), "attach container=" + attach.getContainerId());
    }
  }
}
