package io.crij.helper;

import io.crij.core.ObjectId;
import io.crij.helper.plan.Namespace;
import io.crij.helper.wire.FieldReader;
import io.crij.helper.wire.FieldWriter;
import io.crij.helper.wire.Frame;
import io.crij.helper.wire.MessageType;
import io.netty.channel.EventLoopGroup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A monitor behind its control socket (PROTOCOL.md section 3). Made by {@link MonitorSockets}. */
public final class MonitorClient implements Monitor {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** A start copies the content of image volumes and mounts whatever the pod asked for. */
  private static final Duration START_DEADLINE = Duration.ofSeconds(100);

  /** The monitor itself waits for 10 s until somebody takes the connection. */
  private static final Duration FORWARD_DEADLINE = Duration.ofSeconds(15);

  /** What containerd gives a shim, too. Whoever asks has killed what ran, and kills a monitor that is silent for longer. */
  private static final Duration SHUTDOWN_DEADLINE = Duration.ofSeconds(3);

  private final ObjectId pod;
  private final Path socket;
  private final EventLoopGroup loop;
  private final ExitEvents events = new ExitEvents();
  private final MonitorConnection connection;

  private MonitorClient(ObjectId pod, Path socket, EventLoopGroup loop) {
    this.pod = pod;
    this.socket = socket;
    this.loop = loop;
    this.connection = MonitorConnection.open(pod, socket, loop, events);
  }

  static MonitorClient connect(ObjectId pod, Path socket, EventLoopGroup loop) {
    MonitorClient client = new MonitorClient(pod, socket, loop);
    try {
      client.hello();
      return client;
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }

  @Override
  public ObjectId pod() {
    return pod;
  }

  @Override
  public Hello hello() {
    return hello(connection);
  }

  @Override
  public int setUp(PodSetup setup) {
    FieldWriter fields = new FieldWriter().number(1, Namespace.bits(setup.own()));
    Path pin = setup.netnsPin();
    if (pin != null) {
      fields.text(2, pin.toString());
    }
    String hostname = setup.hostname();
    if (hostname != null) {
      fields.text(3, hostname);
    }
    setup.sysctls().forEach((key, value) -> fields.text(4, key + "=" + value));
    fields.number(5, setup.shmBytes());
    UserMapping user = setup.user();
    if (user != null) {
      fields.number(6, user.hostUid()).number(7, user.hostGid()).number(8, user.count());
    }
    FieldReader in = connection.call(MessageType.SETUP, fields, DEADLINE, "set up the pod").fields();
    int init = 0;
    while (in.next()) {
      if (in.tag() == 1) {
        init = in.number(0, Integer.MAX_VALUE);
      }
    }
    return init;
  }

  @Override
  public Started start(StartRequest request, HoldListener listener) {
    FieldWriter fields =
        new FieldWriter()
            .text(1, request.container().hex())
            .text(2, request.plan().toString())
            .number(3, request.pidMode().code());
    if (request.pidMode() == PidMode.TARGET) {
      fields.number(4, request.targetPid());
    }
    optional(fields, 5, request.cgroup2Folder());
    optional(fields, 6, request.logFile());
    fields.number(7, bits(request.flags()));
    FieldReader in = started(fields, new HeldStart(connection, listener)).fields();
    int pid = 0;
    long startTicks = 0;
    long startedAtNs = 0;
    while (in.next()) {
      switch (in.tag()) {
        case 1 -> pid = in.number(0, Integer.MAX_VALUE);
        case 2 -> startTicks = in.number();
        case 3 -> startedAtNs = in.number();
        default -> {}
      }
    }
    return new Started(pid, startTicks, startedAtNs);
  }

  private Frame started(FieldWriter fields, HeldStart holds) {
    try {
      return connection.call(MessageType.START, fields, START_DEADLINE, "start the container", holds::at);
    } catch (LaunchFailure e) {
      throw holds.reason(e);
    }
  }

  @Override
  public void kill(ObjectId container, int signal) {
    call(MessageType.KILL, new FieldWriter().text(1, container.hex()).number(2, signal), "send the signal");
  }

  @Override
  public List<ContainerState> status() {
    FieldReader in = call(MessageType.STATUS, new FieldWriter(), "tell its state").fields();
    List<ContainerState> states = new ArrayList<>();
    while (in.next()) {
      if (in.tag() == 1) {
        states.add(state(in.nested()));
      }
    }
    return List.copyOf(states);
  }

  @Override
  public void watch(ExitListener listener) {
    events.deliverTo(new ExitDelivery(pod, listener));
    call(MessageType.WATCH, new FieldWriter(), "report exits");
  }

  @Override
  public void ack(long sequence) {
    call(MessageType.ACK, new FieldWriter().number(1, sequence), "forget an exit event");
  }

  @Override
  public void forget(ObjectId container) {
    call(MessageType.FORGET, new FieldWriter().text(1, container.hex()), "forget the container");
  }

  @Override
  public void reopenLog(ObjectId container) {
    call(MessageType.REOPEN, new FieldWriter().text(1, container.hex()), "reopen the log");
  }

  @Override
  public void shutdown() {
    // What ends the connection from now on is our own doing.
    events.closing();
    connection.call(MessageType.SHUTDOWN, new FieldWriter(), SHUTDOWN_DEADLINE, "shut down");
  }

  @Override
  public ExecSession exec(ExecRequest request) {
    SocketExec exec = new SocketExec(pod, request.maxOutputBytes());
    MonitorConnection own = MonitorConnection.open(pod, socket, loop, exec);
    try {
      hello(own);
      exec.started(own, own.call(MessageType.EXEC, execFields(request), DEADLINE, "run the program"));
      return exec;
    } catch (RuntimeException e) {
      own.close();
      throw e;
    }
  }

  @Override
  public ProcessStreams exec(StreamedExec request) {
    FieldWriter fields = new FieldWriter().text(1, request.container().hex()).text(2, request.plan().toString());
    request.argv().forEach(argument -> fields.text(3, argument));
    fields.number(4, request.tty() ? StreamFlag.TTY.bit() : 0);
    optional(fields, 5, request.cgroup2Folder());
    request.env().forEach((name, value) -> fields.text(6, name + "=" + value));
    fields.number(8, request.drain().toMillis()).number(9, StandardStream.bits(request.streams()));
    optional(fields, 12, request.cgroup1Folder());
    return session(MessageType.EXEC, fields, request.streams(), "run the program", 2);
  }

  @Override
  public ProcessStreams attach(ObjectId container, Set<StandardStream> streams) {
    FieldWriter fields = new FieldWriter().text(1, container.hex()).number(2, StandardStream.bits(streams));
    return session(MessageType.ATTACH, fields, streams, "attach", 1);
  }

  @Override
  public ForwardedPort forward(int port) {
    return new SocketForward(
        StreamSocket.open(pod, socket, loop, MessageType.FORWARD, new FieldWriter().number(1, port), FORWARD_DEADLINE));
  }

  @Override
  public void close() {
    events.closing();
    connection.close();
  }

  /**
   * @param sessionTag of the field in the reply that holds the session's number
   */
  private ProcessStreams session(int type, FieldWriter fields, Set<StandardStream> streams, String verb, int sessionTag) {
    SocketStreams session = new SocketStreams(pod, type == MessageType.ATTACH);
    MonitorConnection own = MonitorConnection.open(pod, socket, loop, session);
    try {
      hello(own);
      Frame reply = own.call(type, fields, DEADLINE, verb);
      session.started(own);
      FieldReader in = reply.fields();
      long number = 0;
      while (in.next()) {
        if (in.tag() == sessionTag) {
          number = in.number();
        }
      }
      for (StandardStream stream : streams) {
        FieldWriter join = new FieldWriter().number(1, number).number(2, stream.number());
        session.join(stream, () -> StreamSocket.open(pod, socket, loop, MessageType.STREAM, join, DEADLINE));
      }
      return session;
    } catch (RuntimeException e) {
      session.close();
      own.close();
      throw e;
    }
  }

  private Hello hello(MonitorConnection to) {
    return Greeting.parse(pod, socket, to.call(MessageType.HELLO, Greeting.fields(), DEADLINE, "answer the greeting"));
  }

  private Frame call(int type, FieldWriter fields, String verb) {
    return connection.call(type, fields, DEADLINE, verb);
  }

  private static FieldWriter execFields(ExecRequest request) {
    FieldWriter fields = new FieldWriter().text(1, request.container().hex()).text(2, request.plan().toString());
    request.argv().forEach(argument -> fields.text(3, argument));
    fields.number(4, bits(request.flags()));
    optional(fields, 5, request.cgroup2Folder());
    request.env().forEach((name, value) -> fields.text(6, name + "=" + value));
    fields.number(7, request.maxOutputBytes()).number(8, request.drain().toMillis());
    optional(fields, 12, request.cgroup1Folder());
    return fields;
  }

  private static ContainerState state(FieldReader in) {
    String id = "";
    boolean running = false;
    int pid = 0;
    long startTicks = 0;
    long startedAtNs = 0;
    int exitCode = 0;
    long finishedAtNs = 0;
    String logError = "";
    while (in.next()) {
      switch (in.tag()) {
        case 1 -> id = in.text();
        case 2 -> running = in.number(1, 2) == 1;
        case 3 -> pid = in.number(0, Integer.MAX_VALUE);
        case 4 -> startTicks = in.number();
        case 5 -> startedAtNs = in.number();
        case 6 -> exitCode = in.number(0, 255);
        case 7 -> finishedAtNs = in.number();
        case 8 -> logError = in.text();
        default -> {}
      }
    }
    return new ContainerState(
        new ObjectId(id), running, pid, startTicks, startedAtNs, exitCode, finishedAtNs, logError);
  }

  private static void optional(FieldWriter fields, int tag, @Nullable Path path) {
    if (path != null) {
      fields.text(tag, path.toString());
    }
  }

  private static long bits(Iterable<StreamFlag> flags) {
    long bits = 0;
    for (StreamFlag flag : flags) {
      bits |= flag.bit();
    }
    return bits;
  }
}
