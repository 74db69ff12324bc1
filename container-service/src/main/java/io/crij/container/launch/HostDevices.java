package io.crij.container.launch;

import java.util.List;

/** The device nodes of the host; an interface so that plans are made in tests without any. */
public interface HostDevices {
  /**
   * The device at this path (symbolic links are followed), or all devices below it if it is a folder.
   *
   * @throws io.crij.core.CriException INVALID_ARGUMENT, naming {@code field}, if there is none
   */
  List<HostDevice> at(String field, String path);

  /** What a privileged container gets: all devices of the node except terminals and what is an instance of its own. */
  List<HostDevice> all();
}
