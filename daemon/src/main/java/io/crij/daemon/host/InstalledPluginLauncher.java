package io.crij.daemon.host;

import io.crij.helper.SocketProgram;
import io.crij.nri.PluginLauncher;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;

/** Starts NRI plugins through {@code crij-pod}, which can give them an open socket. */
public final class InstalledPluginLauncher implements PluginLauncher {
  private final Path crijPod;
  private final Path runFolder;

  public InstalledPluginLauncher(Path crijPod, Path runFolder) {
    this.crijPod = crijPod;
    this.runFolder = runFolder;
  }

  @Override
  public Launched launch(Path program, Map<String, String> environment) throws IOException {
    SocketProgram process = SocketProgram.start(crijPod, runFolder, program, environment);
    return new Launched() {
      @Override
      public SocketChannel channel() {
        return process.channel();
      }

      @Override
      public void close() {
        process.close();
      }
    };
  }
}
