package io.crij.daemon.node;

import io.crij.cgroups.CgroupDriver;
import io.crij.cri.LinuxRuntimeConfiguration;
import io.crij.cri.RuntimeConfigRequest;
import io.crij.cri.RuntimeConfigResponse;

/** Tells kubelet who makes cgroups; it asks once at its start and follows. */
public final class RuntimeConfig {
  private final RuntimeConfigResponse answer;

  public RuntimeConfig(CgroupDriver driver) {
    io.crij.cri.CgroupDriver wire =
        switch (driver) {
          case CGROUPFS -> io.crij.cri.CgroupDriver.CGROUPFS;
          case SYSTEMD -> io.crij.cri.CgroupDriver.SYSTEMD;
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
