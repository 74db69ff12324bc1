package io.crij.container;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.crij.cri.ContainerConfig;
import io.crij.cri.LinuxContainerResources;
import java.util.Base64;

/** Protobuf messages inside of records. */
final class Protos {
  private Protos() {}

  static String encode(MessageLite message) {
    return Base64.getEncoder().encodeToString(message.toByteArray());
  }

  static ContainerConfig config(String text) throws InvalidProtocolBufferException {
    return ContainerConfig.parseFrom(Base64.getDecoder().decode(text));
  }

  static LinuxContainerResources resources(String text) throws InvalidProtocolBufferException {
    return LinuxContainerResources.parseFrom(Base64.getDecoder().decode(text));
  }
}
