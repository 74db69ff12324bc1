package io.crij.nri;

import com.google.protobuf.MessageLite;
import io.crij.nri.api.Container;
import io.crij.nri.api.ContainerUpdate;
import io.crij.nri.api.PodSandbox;
import io.crij.nri.api.SynchronizeRequest;
import io.crij.nri.api.SynchronizeResponse;
import io.crij.nri.wire.CallFailed;
import io.crij.nri.wire.CallRefused;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Tells a plugin of all pods and containers, in as many messages as it takes. */
final class Synchronization {
  /** Below the 4 MiB that a message may have, with room for its envelope. */
  private static final int MESSAGE_BYTES = (4 << 20) - (64 << 10);

  /** A field's tag and length in front of each pod and container. */
  private static final int ENTRY_BYTES = 8;

  private Synchronization() {}

  /**
   * @param within for the answer to each message
   * @return the limits that the plugin wants to have changed
   * @throws IOException with the reason if the plugin is not synchronized after it
   */
  static List<ContainerUpdate> run(Plugin plugin, List<PodSandbox> pods, List<Container> containers, Duration within)
      throws IOException {
    List<SynchronizeRequest> messages = split(pods, containers, MESSAGE_BYTES);
    List<ContainerUpdate> updates = List.of();
    try {
      for (SynchronizeRequest message : messages) {
        SynchronizeResponse answer = plugin.call("Synchronize", message, SynchronizeResponse.parser(), within);
        if (message.getMore() && (!answer.getMore() || answer.getUpdateCount() > 0)) {
          throw new IOException(
              "it cannot take the pods and containers of this node in " + messages.size() + " messages, and they do not fit into one");
        }
        updates = answer.getUpdateList();
      }
      return updates;
    } catch (CallRefused | CallFailed e) {
      throw new IOException("its synchronization failed: " + Words.printable(String.valueOf(e.getMessage())), e);
    }
  }

  /** In order; all but the last say that more follow. There is always one. */
  static List<SynchronizeRequest> split(List<PodSandbox> pods, List<Container> containers, int bytes) {
    List<SynchronizeRequest.Builder> messages = new ArrayList<>();
    messages.add(SynchronizeRequest.newBuilder());
    int filled = 0;
    for (PodSandbox pod : pods) {
      filled = room(messages, filled, pod, bytes);
      messages.getLast().addPods(pod);
    }
    for (Container container : containers) {
      filled = room(messages, filled, container, bytes);
      messages.getLast().addContainers(container);
    }
    List<SynchronizeRequest> complete = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      complete.add(messages.get(i).setMore(i < messages.size() - 1).build());
    }
    return complete;
  }

  private static int room(List<SynchronizeRequest.Builder> messages, int filled, MessageLite next, int bytes) {
    int size = next.getSerializedSize() + ENTRY_BYTES;
    if (filled > 0 && filled + size > bytes) {
      messages.add(SynchronizeRequest.newBuilder());
      return size;
    }
    return filled + size;
  }
}
