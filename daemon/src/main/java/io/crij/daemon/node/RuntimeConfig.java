package io.crij.daemon.node;

import io.crij.cri.CgroupDriver;
import io.crij.cri.LinuxRuntimeConfiguration;
import io.crij.cri.RuntimeConfigRequest;
import io.crij.cri.RuntimeConfigResponse;
import io.crij.daemon.config.Config;

/** Tells kubelet who makes cgroups; it asks once at its start and follows. */
public final class RuntimeConfig {
  private final RuntimeConfigResponse answer;

  public RuntimeConfig(Config.CgroupDriver driver) {
    CgroupDriver wire =
        switch (driver) {
          case CGROUPFS -> CgroupDriver.CGROUPFS;
        };
    this.answer =
        RuntimeConfigResponse.newBuilder()
            .setLinux(LinuxRuntimeConfiguration.newBuilder().setCgroupDriver(wire))
            .build();
  }

  public RuntimeConfigResponse run(RuntimeConfigRequest request) {
    return answer;
  }
}
