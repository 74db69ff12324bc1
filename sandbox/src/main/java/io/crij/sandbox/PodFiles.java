package io.crij.sandbox;

import io.crij.cri.PodSandboxConfig;
import io.crij.helper.UserMapping;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * The files of a pod that its containers see under /etc. They stand on disk, not in /run: they must be there after the daemon
 * was replaced, for as long as the pod is.
 *
 * @param resolvConf for /etc/resolv.conf
 * @param hostname for /etc/hostname
 * @param hosts for /etc/hosts, if no mount of the request covers that
 */
public record PodFiles(Path resolvConf, Path hostname, Path hosts) {

  /**
   * The node's own files, of which a pod gets copies.
   *
   * @param resolvConf {@code /etc/resolv.conf}
   * @param hosts {@code /etc/hosts}
   * @param hostname {@code /proc/sys/kernel/hostname}
   */
  public record NodeFiles(Path resolvConf, Path hosts, Path hostname) {
    public static final NodeFiles STANDARD =
        new NodeFiles(Path.of("/etc/resolv.conf"), Path.of("/etc/hosts"), Path.of("/proc/sys/kernel/hostname"));

    String readHostname() throws IOException {
      return Files.readString(hostname).strip();
    }
  }

  static PodFiles in(Path folder) {
    return new PodFiles(folder.resolve("resolv.conf"), folder.resolve("hostname"), folder.resolve("hosts"));
  }

  /**
   * Writes all three, readable by every user of the pod; {@code folder} is made.
   *
   * @param user the pod's user namespace, whose root they belong to; null for the host's
   */
  static PodFiles write(Path folder, PodSandboxConfig config, String hostname, NodeFiles node, @Nullable UserMapping user)
      throws IOException {
    Files.createDirectories(folder);
    PodFiles files = in(folder);
    put(files.resolvConf, config.hasDnsConfig() ? ResolvConf.text(config.getDnsConfig()) : copy(node.resolvConf));
    put(files.hostname, hostname + "\n");
    put(files.hosts, copy(node.hosts));
    if (user != null) {
      for (Path file : new Path[] {files.resolvConf, files.hostname, files.hosts}) {
        Files.setAttribute(file, "unix:uid", (int) user.hostUid());
        Files.setAttribute(file, "unix:gid", (int) user.hostGid());
      }
    }
    return files;
  }

  private static String copy(Path file) throws IOException {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (java.nio.file.NoSuchFileException e) {
      // A node without the file: the pod gets what a resolver makes of a missing one, an empty one.
      return "";
    }
  }

  private static void put(Path file, String text) throws IOException {
    Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
    // The daemon's umask must not decide what a pod can read.
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }
}
