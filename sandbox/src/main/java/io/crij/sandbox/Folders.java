package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Where a pod's things are.
 *
 * @param root what outlives a boot, {@code /var/lib/crij} by default
 * @param run what dies with a boot, {@code /run/crij} by default
 * @param netns where network namespaces are pinned, {@code /run/netns}: other tools look there too
 */
public record Folders(Path root, Path run, Path netns) {
  /** sockaddr_un.sun_path of unix(7) has 108 bytes, and the last one is NUL. */
  private static final int MAX_SOCKET_PATH = 107;

  /**
   * Refuses a run folder whose control sockets would have paths that no socket can have; for the start of the daemon.
   *
   * @throws CriException INVALID_ARGUMENT
   */
  public void check() {
    Path longest = pod(new ObjectId("0".repeat(64))).resolve("sock");
    int bytes = longest.toString().getBytes(StandardCharsets.UTF_8).length;
    if (!run.isAbsolute() || bytes > MAX_SOCKET_PATH) {
      throw CriException.invalid(
          "run: '" + run + "' cannot hold the pods' control sockets: their paths would have " + bytes + " bytes and may have "
              + MAX_SOCKET_PATH + "; use a shorter absolute path, such as /run/crij.");
    }
  }

  Path records() {
    return root.resolve("sandboxes");
  }

  Path record(ObjectId id) {
    return records().resolve(id.hex() + ".json");
  }

  Path files(ObjectId id) {
    return records().resolve(id.hex() + ".d");
  }

  Path quarantine() {
    return records().resolve("quarantine");
  }

  Path pods() {
    return run.resolve("p");
  }

  /** The run folder of a living pod: the control socket, plans and exit records. */
  Path pod(ObjectId id) {
    return pods().resolve(id.shortHex());
  }

  Path live(ObjectId id) {
    return pod(id).resolve("live.json");
  }

  Path netnsPin(ObjectId id) {
    return netns.resolve("crij-" + id.shortHex());
  }
}
