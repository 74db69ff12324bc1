package io.crij.daemon.cli;

import io.crij.daemon.Daemon;
import io.crij.daemon.config.CommandLine;
import io.crij.daemon.config.Config;
import io.crij.daemon.config.ConfigException;
import io.crij.daemon.config.ConfigLoader;
import io.crij.daemon.host.StartException;
import io.crij.daemon.log.LogSetup;

/** {@code crij serve}: runs until a signal ends it. */
final class Serve {
  private Serve() {}

  static int run(CommandLine line) {
    try {
      Config config = ConfigLoader.load(line);
      LogSetup.apply(config.log());
      Daemon.start(config).serve();
      return 0;
    } catch (ConfigException e) {
      System.err.println(e.getMessage());
      return 2;
    } catch (StartException e) {
      System.err.println("crij does not start: " + e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }
}
