package io.crij.container;

import io.crij.container.launch.Confinement;
import io.crij.core.CriException;
import io.crij.helper.ProgramRunner;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads the AppArmor profile of containers that name none, unless the node's administrator has loaded one of that name. */
public final class DefaultAppArmor {
  private static final Logger LOG = LoggerFactory.getLogger(DefaultAppArmor.class);
  private static final List<Path> PARSERS = List.of(Path.of("/usr/sbin/apparmor_parser"), Path.of("/sbin/apparmor_parser"));
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MAX_OUTPUT_BYTES = 4096;

  private DefaultAppArmor() {}

  /** Does nothing on a node without AppArmor. Without the profile such containers run unconfined, and the log says so. */
  public static void load(ProgramRunner runner) {
    if (!NodeFacts.probe().appArmor()) {
      return;
    }
    try {
      if (new AppArmorProfiles().isLoaded(Confinement.DEFAULT_APPARMOR)) {
        return;
      }
      Optional<Path> parser = PARSERS.stream().filter(Files::isExecutable).findFirst();
      if (parser.isEmpty()) {
        throw new IOException("apparmor_parser is not installed");
      }
      ProgramRunner.Outcome outcome =
          runner.run(
              new ProgramRunner.Program(
                  parser.get(), List.of("apparmor_parser", "-K", "-r"), Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), text(), PATIENCE, MAX_OUTPUT_BYTES));
      if (outcome.exitCode() != 0) {
        throw new IOException("apparmor_parser says: " + new String(outcome.stderr(), StandardCharsets.UTF_8).strip());
      }
      LOG.info("The AppArmor profile {} is loaded", Confinement.DEFAULT_APPARMOR);
    } catch (IOException | CriException e) {
      LOG.warn(
          "Containers that name no AppArmor profile run unconfined by it: the profile {} cannot be loaded: {}",
          Confinement.DEFAULT_APPARMOR, e.getMessage());
    }
  }

  private static byte[] text() throws IOException {
    try (InputStream in = DefaultAppArmor.class.getResourceAsStream(Confinement.DEFAULT_APPARMOR + ".apparmor")) {
      if (in == null) {
        throw new IOException("it is missing in this installation");
      }
      return in.readAllBytes();
    }
  }
}
