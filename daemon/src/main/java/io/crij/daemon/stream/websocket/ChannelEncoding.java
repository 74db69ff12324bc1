package io.crij.daemon.stream.websocket;

import io.crij.daemon.stream.session.CommandProtocol;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The WebSocket subprotocols of Kubernetes in which the first byte of each message names a channel.
 *
 * @param name as it is negotiated; empty for clients that ask for none, who get the oldest
 * @param base64 whether channels are digits and the rest of each message is base64
 */
public record ChannelEncoding(String name, CommandProtocol protocol, boolean base64) {
  private static final List<ChannelEncoding> ALL =
      List.of(
          new ChannelEncoding("v5.channel.k8s.io", CommandProtocol.V5, false),
          new ChannelEncoding("v4.channel.k8s.io", CommandProtocol.V4, false),
          new ChannelEncoding("v4.base64.channel.k8s.io", CommandProtocol.V4, true),
          new ChannelEncoding("channel.k8s.io", CommandProtocol.V1, false),
          new ChannelEncoding("base64.channel.k8s.io", CommandProtocol.V1, true),
          new ChannelEncoding("", CommandProtocol.V1, false));

  /** For exec and attach. */
  public static Optional<ChannelEncoding> ofCommand(String name) {
    return ALL.stream().filter(encoding -> encoding.name().equals(name)).findFirst();
  }

  /** For port-forward, which knows version 4 and no other. */
  public static Optional<ChannelEncoding> ofForward(String name) {
    return name.isEmpty()
        ? Optional.of(new ChannelEncoding("", CommandProtocol.V4, false))
        : ofCommand(name).filter(encoding -> encoding.protocol() == CommandProtocol.V4);
  }

  public static List<String> names(boolean command) {
    Stream<String> names = ALL.stream().filter(encoding -> command || encoding.protocol() == CommandProtocol.V4).map(ChannelEncoding::name);
    return names.filter(name -> !name.isEmpty()).toList();
  }
}
