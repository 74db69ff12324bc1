package io.crij.helper;

import io.crij.core.ObjectId;
import java.io.IOException;
import java.nio.file.Path;

/** Gives birth to monitors. */
public interface MonitorStarter {
  /**
   * Starts a pod's monitor; answers when it listens on {@code <runFolder>/sock}.
   *
   * @param runFolder exists, mode 0700
   * @throws LaunchFailure if it cannot be started
   * @throws IOException if the spawn process is gone
   */
  MonitorBirth startMonitor(ObjectId pod, Path runFolder) throws IOException;

  /**
   * @param pid in the host's numbering
   * @param startTicks field 22 of /proc/PID/stat
   */
  record MonitorBirth(int pid, long startTicks) {}
}
