package io.crij.daemon;

import io.crij.cgroups.CgroupDriver;
import io.crij.cgroups.CgroupVersion;
import io.crij.cgroups.Cgroups;
import io.crij.cgroups.systemd.SystemBus;
import io.crij.cgroups.systemd.SystemdCgroups;
import io.crij.cgroups.systemd.UnitsOnDemand;
import io.crij.daemon.config.Config;
import io.crij.daemon.host.StartException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether systemd makes the cgroups of this node's pods, and how it is reached (docs/decisions/0018). */
final class NodeSystemd {
  private static final Logger LOG = LoggerFactory.getLogger(NodeSystemd.class);

  /** Present if and only if systemd is PID 1: sd_booted(3). */
  private static final Path BOOTED = Path.of("/run/systemd/system");

  private static final String BUS_SOCKET = "/run/dbus/system_bus_socket";

  private NodeSystemd() {}

  /** @throws StartException if systemd is asked for on a node that it does not run */
  static SystemdCgroups of(Config config, Cgroups cgroups) throws StartException {
    boolean booted = Files.isDirectory(BOOTED);
    CgroupDriver driver = driver(config.cgroup().driver(), booted, Files.exists(Path.of(BUS_SOCKET)), cgroups.version());
    LOG.info("The cgroup driver is {}", driver == CgroupDriver.SYSTEMD ? "systemd" : "cgroupfs");
    return new SystemdCgroups(
        cgroups, driver, new UnitsOnDemand(() -> new SystemBus("unix:path=" + BUS_SOCKET)), config.root().toString());
  }

  static CgroupDriver driver(Config.CgroupDriver wanted, boolean booted, boolean bus, CgroupVersion version) throws StartException {
    return switch (wanted) {
      case CGROUPFS -> CgroupDriver.CGROUPFS;
      case AUTO -> booted && bus && version == CgroupVersion.V2 ? CgroupDriver.SYSTEMD : CgroupDriver.CGROUPFS;
      case SYSTEMD -> {
        if (!booted) {
          throw new StartException("cgroup.driver is \"systemd\", and systemd is not PID 1 here; set it to \"cgroupfs\" or \"auto\".");
        }
        yield CgroupDriver.SYSTEMD;
      }
    };
  }
}
