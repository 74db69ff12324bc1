package io.crij.nri;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;

/** Starts a plugin's program. */
public interface PluginLauncher {
  /** A plugin that runs; closing kills it. */
  interface Launched extends Closeable {
    SocketChannel channel();

    @Override
    void close();
  }

  /** The file descriptor that a plugin finds its socket at. */
  int SOCKET_FD = 3;

  /**
   * The program with a connected socket as {@link #SOCKET_FD}, these variables and no others.
   *
   * @throws IOException if it cannot be started
   */
  Launched launch(Path program, Map<String, String> environment) throws IOException;
}
