package io.crij.helper;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A program of the node that talks with the daemon over a socket, which it finds open as descriptor 3. It is a child of the daemon,
 * not of the spawn process: it ends with the daemon's interest in it, and its descriptor 2 is the daemon's.
 */
public final class SocketProgram implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final AtomicInteger NEXT = new AtomicInteger();

  private final Process process;
  private final SocketChannel channel;

  private SocketProgram(Process process, SocketChannel channel) {
    this.process = process;
    this.channel = channel;
  }

  /**
   * Returns when the program is about to be executed and its socket is connected.
   *
   * @param crijPod the executable
   * @param runFolder where a socket can stand for a moment
   * @param environment the program's whole environment
   * @throws IOException if it cannot be executed
   */
  public static SocketProgram start(Path crijPod, Path runFolder, Path program, Map<String, String> environment) throws IOException {
    Path nook = runFolder.resolve("nri" + NEXT.getAndIncrement());
    Path socket = nook.resolve("s");
    Files.deleteIfExists(socket); // of a daemon that was killed while it did this
    Files.deleteIfExists(nook);
    Files.createDirectory(nook, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket), 1);
      ProcessBuilder command = new ProcessBuilder(crijPod.toString(), "plugin", socket.toString(), program.toString());
      command.environment().clear();
      command.environment().putAll(environment);
      command
          .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.INHERIT);
      Process process = command.start();
      try {
        return new SocketProgram(process, accept(server, process, program));
      } catch (IOException | RuntimeException e) {
        process.destroyForcibly();
        throw e;
      }
    } finally {
      Files.deleteIfExists(socket);
      Files.deleteIfExists(nook);
    }
  }

  private static SocketChannel accept(ServerSocketChannel server, Process process, Path program) throws IOException {
    CompletableFuture<SocketChannel> accepted = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("accept " + program)
        .start(
            () -> {
              try {
                accepted.complete(server.accept());
              } catch (IOException | RuntimeException e) {
                accepted.completeExceptionally(e);
              }
            });
    var _ =
        process.onExit().thenRun(() -> accepted.completeExceptionally(new IOException("it ended at once with code " + process.exitValue())));
    try {
      return accepted.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IOException("The program " + program + " cannot be run: " + (e.getCause() == null ? e : e.getCause()).getMessage(), e);
    } catch (TimeoutException e) {
      throw new IOException("The program " + program + " was not run within " + PATIENCE.toSeconds() + " s.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("The start of program " + program + " was interrupted.", e);
    }
  }

  /** In blocking mode. */
  public SocketChannel channel() {
    return channel;
  }

  public long pid() {
    return process.pid();
  }

  /** Kills the program. */
  @Override
  public void close() {
    process.destroyForcibly();
  }
}
