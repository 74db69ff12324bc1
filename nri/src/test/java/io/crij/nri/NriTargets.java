package io.crij.nri;

import com.google.protobuf.InvalidProtocolBufferException;
import io.crij.core.CriException;
import io.crij.cri.LinuxContainerResources;
import io.crij.nri.api.Container;
import io.crij.nri.api.ContainerAdjustment;
import io.crij.nri.api.ContainerUpdate;
import io.crij.nri.api.CreateContainerResponse;

/** Feeds what a plugin may answer to those who read it. Only the refusals that callers expect may come out. */
final class NriTargets {
  private static final Container CONTAINER = Container.newBuilder().setId("c1").addEnv("A=1").addEnv("B").addArgs("run").build();

  private NriTargets() {}

  static void answers(byte[] bytes) {
    CreateContainerResponse answer;
    try {
      answer = CreateContainerResponse.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      return; // no message: the call fails
    }
    Adjustments adjustments = new Adjustments(CONTAINER);
    try {
      adjustments.add(answer, "00-one");
      adjustments.add(answer, "10-other");
    } catch (CriException refused) {
      // a conflict, or a field of the future
    }
    ContainerAdjustment result = adjustments.adjustment();
    adjustments.owners();
    try {
      CriLimits.over(LinuxContainerResources.getDefaultInstance(), result.getLinux().getResources(), "It");
      for (ContainerUpdate update : adjustments.updates()) {
        CriLimits.over(LinuxContainerResources.getDefaultInstance(), update.getLinux().getResources(), "It");
      }
    } catch (CriException refused) {
      // what this runtime cannot set
    }
  }

  static void name(byte[] bytes) {
    try {
      PluginName.parse(new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
    } catch (IllegalArgumentException refused) {
      // the plugin is not taken in
    }
  }
}
