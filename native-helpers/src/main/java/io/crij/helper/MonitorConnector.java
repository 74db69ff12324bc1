package io.crij.helper;

import io.crij.core.ObjectId;
import java.nio.file.Path;

/** Opens a connection to a pod's monitor: {@code MonitorClient::connect}, or a fake in tests. */
public interface MonitorConnector {
  /**
   * Connects and says hello.
   *
   * @param runFolder the pod's run folder, which holds {@code sock}
   * @throws MonitorGone if nobody listens, or the one who does is the monitor of another pod
   */
  Monitor connect(ObjectId pod, Path runFolder);
}
