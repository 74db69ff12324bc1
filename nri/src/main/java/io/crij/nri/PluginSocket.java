package io.crij.nri;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.concurrent.ThreadLocalRandom;
import jdk.net.ExtendedSocketOptions;

/** The socket that plugins connect to. Only processes of the daemon's own user may: a plugin is as good as root. */
final class PluginSocket implements Closeable {
  private static final int BACKLOG = 16;

  private final Path path;
  private final ServerSocketChannel server;
  private final UserPrincipal self;

  private PluginSocket(Path path, ServerSocketChannel server, UserPrincipal self) {
    this.path = path;
    this.server = server;
    this.self = self;
  }

  /**
   * Makes the folder if it is not there. A socket that a dead runtime left is replaced.
   *
   * @throws IOException if it cannot be made, or another runtime listens there
   */
  static PluginSocket listen(Path path) throws IOException {
    Path folder = path.getParent();
    if (folder == null) {
      throw new IOException("'" + path + "' is in no folder");
    }
    Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    if (isServed(path)) {
      throw new IOException("another runtime listens on " + path);
    }
    // Made where nobody else looks, so that there is no moment at which it has the mode that the umask gives it.
    Path nook = nook(folder);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      Path made = nook.resolve("s");
      server.bind(UnixDomainSocketAddress.of(made), BACKLOG);
      Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
      Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
      return new PluginSocket(path, server, Files.getOwner(Path.of("/proc/self")));
    } catch (IOException | RuntimeException e) {
      server.close();
      Files.deleteIfExists(nook.resolve("s"));
      throw e;
    } finally {
      Files.deleteIfExists(nook);
    }
  }

  /** Its name is short, since a socket's path is: 107 bytes. */
  private static Path nook(Path folder) throws IOException {
    while (true) {
      Path nook = folder.resolve(".n" + Integer.toHexString(ThreadLocalRandom.current().nextInt(1 << 16)));
      try {
        return Files.createDirectory(nook, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (FileAlreadyExistsException e) {
        // somebody else's: another name
      }
    }
  }

  private static boolean isServed(Path path) {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // One that listens and accepts nobody must not hold up the start.
      probe.configureBlocking(false);
      boolean connected = probe.connect(UnixDomainSocketAddress.of(path));
      return connected || probe.isConnectionPending();
    } catch (IOException e) {
      return false; // nobody there, or nothing
    }
  }

  /**
   * Waits for the next plugin.
   *
   * @throws IOException if the socket was closed, or one connected who may not
   */
  SocketChannel accept() throws IOException {
    SocketChannel channel = server.accept();
    UserPrincipal peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
    if (!peer.equals(self)) {
      channel.close();
      throw new IOException("a process of user " + peer.getName() + " connected, and only those of " + self.getName() + " may");
    }
    return channel;
  }

  boolean isOpen() {
    return server.isOpen();
  }

  @Override
  public void close() throws IOException {
    // Before the name can be another's.
    Files.deleteIfExists(path);
    server.close();
  }
}
