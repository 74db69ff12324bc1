package io.crij.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.cgroups.CgroupDriver;
import io.crij.cgroups.CgroupVersion;
import io.crij.daemon.config.Config;
import io.crij.daemon.host.StartException;
import org.junit.jupiter.api.Test;

class NodeSystemdTest {
  @Test
  void autoIsSystemdOnlyWhereItRunsAnswersAndOwnsAllControllers() throws StartException {
    assertThat(auto(true, true, CgroupVersion.V2)).isEqualTo(CgroupDriver.SYSTEMD);
    assertThat(auto(false, true, CgroupVersion.V2)).isEqualTo(CgroupDriver.CGROUPFS);
    assertThat(auto(true, false, CgroupVersion.V2)).isEqualTo(CgroupDriver.CGROUPFS);
    assertThat(auto(true, true, CgroupVersion.HYBRID)).isEqualTo(CgroupDriver.CGROUPFS);
    assertThat(auto(true, true, CgroupVersion.V1)).isEqualTo(CgroupDriver.CGROUPFS);
  }

  @Test
  void whatIsAskedForByNameIsTakenOrRefused() throws StartException {
    assertThat(NodeSystemd.driver(Config.CgroupDriver.CGROUPFS, true, true, CgroupVersion.V2)).isEqualTo(CgroupDriver.CGROUPFS);
    assertThat(NodeSystemd.driver(Config.CgroupDriver.SYSTEMD, true, false, CgroupVersion.V1)).isEqualTo(CgroupDriver.SYSTEMD);
    assertThatThrownBy(() -> NodeSystemd.driver(Config.CgroupDriver.SYSTEMD, false, false, CgroupVersion.V2))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("not PID 1");
  }

  private static CgroupDriver auto(boolean booted, boolean bus, CgroupVersion version) throws StartException {
    return NodeSystemd.driver(Config.CgroupDriver.AUTO, booted, bus, version);
  }
}
