package io.crij.container;

import io.crij.core.ObjectId;
import io.crij.cri.LinuxPodSandboxConfig;
import io.crij.cri.LinuxSandboxSecurityContext;
import io.crij.cri.NamespaceMode;
import io.crij.cri.PodSandboxConfig;
import io.crij.helper.Monitor;
import io.crij.helper.UserMapping;
import io.crij.sandbox.NamespaceModes;
import io.crij.sandbox.PodFiles;
import io.crij.sandbox.ReadySandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A pod for tests, ready until told otherwise. */
final class TestPod implements Pods {
  private final ReadySandbox sandbox;
  volatile boolean ready = true;

  TestPod(ObjectId id, Monitor monitor, Path folder, String cgroupParent, boolean privileged, NamespaceMode pid) throws IOException {
    this(id, monitor, folder, cgroupParent, privileged, pid, null, "");
  }

  TestPod(
      ObjectId id, Monitor monitor, Path folder, String cgroupParent, boolean privileged, NamespaceMode pid, @Nullable UserMapping user, String handler)
      throws IOException {
    Files.createDirectories(folder.resolve("logs"));
    Files.writeString(folder.resolve("resolv.conf"), "nameserver 192.0.2.1\n");
    Files.writeString(folder.resolve("hostname"), "pod-host\n");
    Files.writeString(folder.resolve("hosts"), "127.0.0.1 localhost\n");
    PodSandboxConfig config =
        PodSandboxConfig.newBuilder()
            .setLogDirectory(folder.resolve("logs").toString())
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(LinuxSandboxSecurityContext.newBuilder().setPrivileged(privileged)))
            .build();
    sandbox =
        new ReadySandbox(
            id,
            config,
            handler,
            monitor,
            folder,
            cgroupParent,
            null,
            new NamespaceModes(NamespaceMode.POD, pid, NamespaceMode.POD, user),
            new PodFiles(folder.resolve("resolv.conf"), folder.resolve("hostname"), folder.resolve("hosts")),
            "pod-host",
            List.of("192.0.2.7"));
  }

  ReadySandbox sandbox() {
    return sandbox;
  }

  @Override
  public ReadySandbox ready(String idOrPrefix) {
    if (!sandbox.id().hex().equals(idOrPrefix)) {
      throw io.crij.core.CriException.notFound("Sandbox '" + idOrPrefix + "' does not exist.");
    }
    if (!ready) {
      throw io.crij.core.CriException.precondition("Sandbox " + idOrPrefix + " is not ready.");
    }
    return sandbox;
  }

  @Override
  public List<ObjectId> all() {
    return List.of(sandbox.id());
  }

  @Override
  public Path runFolder(ObjectId id) {
    return sandbox.runFolder();
  }
}
