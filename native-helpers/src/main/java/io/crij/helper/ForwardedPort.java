package io.crij.helper;

import java.io.IOException;
import java.nio.channels.ByteChannel;

/**
 * A connection to a port inside a pod. Calls block and are meant for virtual threads: one may read while another writes. A read
 * of -1 says that the program in the pod sends no more; it may still receive.
 */
public interface ForwardedPort extends ByteChannel {
  /** No more is written from this side (half-close); what the program in the pod still sends can be read. */
  void shutdownOutput() throws IOException;
}
