package io.crij.daemon.stream.session;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The versions of the protocol of exec and attach, by the names in which they are negotiated. */
public enum CommandProtocol {
  V1("channel.k8s.io"),
  V2("v2.channel.k8s.io"),
  /** Brings the resize stream. */
  V3("v3.channel.k8s.io"),
  /** Brings the result as a metav1.Status. */
  V4("v4.channel.k8s.io"),
  /** Brings, over WebSocket, a signal that stdin has ended. */
  V5("v5.channel.k8s.io");

  /** The newest first, as the server names them when none fits. */
  public static final List<String> NAMES = List.of(V5.wireName, V4.wireName, V3.wireName, V2.wireName, V1.wireName);

  private final String wireName;

  CommandProtocol(String wireName) {
    this.wireName = wireName;
  }

  public static Optional<CommandProtocol> named(String name) {
    return Stream.of(values()).filter(protocol -> protocol.wireName.equals(name)).findFirst();
  }

  public String wireName() {
    return wireName;
  }

  public boolean resizes() {
    return compareTo(V3) >= 0;
  }

  /** Older versions carry plain text when something failed, and nothing otherwise. */
  public boolean statusAsJson() {
    return compareTo(V4) >= 0;
  }

  public boolean closesChannels() {
    return this == V5;
  }
}
