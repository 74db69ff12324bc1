package io.crij.daemon.stream.session;

import io.crij.core.CriException;
import io.crij.daemon.stream.wire.ClientGone;
import io.crij.daemon.stream.wire.ClientStream;
import io.crij.daemon.stream.wire.Connection;
import io.crij.helper.ProcessStreams;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One exec or attach: bytes between the client's streams and the process's, and the result at the end. */
public final class RemoteCommand {
  /** Starts the program, or joins the container's. */
  @FunctionalInterface
  public interface Opener {
    /** @throws CriException with a message for the client */
    ProcessStreams open();
  }

  private static final Logger LOG = LoggerFactory.getLogger("io.crij.stream");

  private final Connection connection;
  private final CommandStreams client;
  private final CommandProtocol protocol;
  private final String name;
  private final boolean attach;
  private final AtomicLong in = new AtomicLong();
  private final AtomicLong out = new AtomicLong();

  /**
   * @param name what runs where, for the log; without arguments, which may hold secrets
   * @param attach whether the end of the process is the end of somebody else's and thus no failure of this call
   */
  public RemoteCommand(Connection connection, CommandStreams client, CommandProtocol protocol, String name, boolean attach) {
    this.connection = connection;
    this.client = client;
    this.protocol = protocol;
    this.name = name;
    this.attach = attach;
  }

  /** Returns when the client has been told the result, or has gone; nothing is left running then but an attached container. */
  public void run(Opener opener) throws InterruptedException {
    long began = System.nanoTime();
    client.error().ignoreInput();
    ignore(client.stdout());
    ignore(client.stderr());
    CommandResult result;
    try (ProcessStreams process = opener.open()) {
      connection.whenClosed(process::close);
      result = serve(process);
    } catch (CriException e) {
      result = new CommandResult.Failure(e.getMessage());
    } catch (IOException e) {
      if (!connection.isOpen()) {
        LOG.info("{} given up by its client after {} ms, in {} out {} bytes", name, millis(began), in, out);
        return;
      }
      result = new CommandResult.Failure(name + " was lost: " + e.getMessage() + ".");
    } catch (RuntimeException e) {
      LOG.error("{} failed", name, e);
      result = new CommandResult.Failure(name + " failed inside the runtime; the daemon's log has the details.");
    }
    report(result);
    LOG.info("{} ended after {} ms, in {} out {} bytes: {}", name, millis(began), in, out, result.text().isEmpty() ? "success" : result.text());
  }

  private CommandResult serve(ProcessStreams process) throws IOException, InterruptedException {
    if (client.stdin() != null) {
      ClientStream stdin = client.stdin();
      start("in", () -> feed(stdin, process));
    }
    if (client.resize() != null) {
      ClientStream resize = client.resize();
      start("resize", () -> resize(resize, process));
    }
    List<Thread> outputs = new ArrayList<>();
    if (client.stdout() != null) {
      ClientStream stdout = client.stdout();
      outputs.add(start("out", () -> drain(process.stdout(), stdout, process)));
    }
    if (client.stderr() != null) {
      ClientStream stderr = client.stderr();
      outputs.add(start("err", () -> drain(process.stderr(), stderr, process)));
    }
    int exit = process.awaitExit();
    for (Thread output : outputs) {
      output.join();
    }
    return attach ? new CommandResult.Success() : CommandResult.ofExit(exit);
  }

  private Thread start(String part, Runnable work) {
    return Thread.ofVirtual().name("stream-" + part).start(work);
  }

  private void feed(ClientStream from, ProcessStreams process) {
    CopyBuffer buffer = new CopyBuffer();
    try (WritableByteChannel stdin = process.stdin()) {
      while (from.read(buffer.empty()) >= 0) {
        ByteBuffer bytes = buffer.content();
        in.addAndGet(bytes.remaining());
        while (bytes.hasRemaining()) {
          stdin.write(bytes);
        }
      }
    } catch (IOException e) {
      // The process has closed its input or has ended, or the client has left: none of these is an end of the output.
      LOG.debug("{}: input ended: {}", name, e.getMessage());
    }
    from.ignoreInput();
  }

  private void resize(ClientStream from, ProcessStreams process) {
    try {
      TerminalSizes.read(from, process::resize);
    } catch (IOException e) {
      LOG.debug("{}: no more sizes: {}", name, e.getMessage());
    }
    from.ignoreInput();
  }

  private void drain(ReadableByteChannel from, ClientStream to, ProcessStreams process) {
    CopyBuffer buffer = new CopyBuffer();
    try {
      while (from.read(buffer.empty()) >= 0) {
        ByteBuffer bytes = buffer.content();
        out.addAndGet(bytes.remaining());
        to.write(bytes);
      }
    } catch (ClientGone e) {
      // Nobody is left who wants to see it.
      process.close();
    } catch (IOException e) {
      LOG.debug("{}: output ended: {}", name, e.getMessage());
    }
    to.finish();
  }

  private void report(CommandResult result) {
    byte[] text = result.bytes(protocol);
    try {
      if (text.length > 0) {
        client.error().write(ByteBuffer.wrap(text));
      }
    } catch (IOException e) {
      LOG.debug("{}: the result could not be told: {}", name, e.getMessage());
    }
    client.finishAll();
    connection.end();
  }

  private static void ignore(@Nullable ClientStream stream) {
    if (stream != null) {
      stream.ignoreInput();
    }
  }

  private static long millis(long began) {
    return (System.nanoTime() - began) / 1_000_000;
  }
}
