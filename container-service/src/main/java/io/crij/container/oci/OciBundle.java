package io.crij.container.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import io.crij.core.ObjectId;
import io.crij.helper.UserMapping;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The folder from which an OCI runtime makes a container: {@code config.json}, places for mounts that only the container's own mount
 * namespace sees, and what the runtime says.
 *
 * @param folder below the pod's run folder; its name is short, since a socket lies in it
 */
public record OciBundle(Path folder) {
  private static final FileAttribute<?> OWNER_ONLY = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final FileAttribute<?> OWNERS_FILE = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  /** The pod's run folder, that of all pods, and {@code run}. */
  private static final int FOLDERS_OF_OURS = 3;

  private static final int LOG_TAIL_BYTES = 64 << 10;

  /** That of a container, which need not be there yet. */
  public static OciBundle of(Path podRunFolder, ObjectId container) {
    return new OciBundle(podRunFolder.resolve("oci-" + container.shortHex()));
  }

  /** Makes it, for root alone. */
  public void make(byte[] config) throws IOException {
    Files.createDirectory(folder, OWNER_ONLY);
    for (String place : new String[] {"rootfs", "seed", "mounts"}) {
      Files.createDirectory(folder.resolve(place), OWNER_ONLY);
    }
    Path file = folder.resolve("config.json");
    Files.createFile(file, OWNERS_FILE);
    Files.write(file, config, StandardOpenOption.WRITE);
  }

  /**
   * Lets the root of a pod's user namespace read it, for programs that run as it. Sockets and plans on the way say by their own modes
   * that they are root's.
   */
  public void giveTo(UserMapping user) throws IOException {
    for (Path own : List.of(folder.resolve("config.json"), folder)) {
      Files.setAttribute(own, "unix:uid", (int) user.hostUid());
      Files.setAttribute(own, "unix:gid", (int) user.hostGid());
    }
    Path above = folder.getParent();
    for (int i = 0; i < FOLDERS_OF_OURS && above != null; i++) {
      Set<PosixFilePermission> mode = EnumSet.copyOf(Files.getPosixFilePermissions(above));
      if (mode.add(PosixFilePermission.OTHERS_EXECUTE)) {
        Files.setPosixFilePermissions(above, mode);
      }
      above = above.getParent();
    }
  }

  Path log() {
    return folder.resolve("log.json");
  }

  /** The last error that the runtime wrote down; whoever shows it makes it printable. */
  public Optional<String> lastError() {
    String tail;
    try (RandomAccessFile file = new RandomAccessFile(log().toFile(), "r")) {
      long length = file.length();
      byte[] bytes = new byte[(int) Math.min(LOG_TAIL_BYTES, length)];
      file.seek(length - bytes.length);
      file.readFully(bytes);
      tail = new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return Optional.empty();
    }
    // gVisor writes entry after entry on one line.
    return tail.replace("}{", "}\n{").lines().map(OciBundle::error).flatMap(Optional::stream).reduce((earlier, later) -> later);
  }

  private static Optional<String> error(String line) {
    try {
      JsonNode entry = Json.FOREIGN.readTree(line);
      String level = entry == null ? "" : entry.path("level").asText();
      boolean bad = level.equals("error") || level.equals("fatal");
      return bad && !entry.path("msg").asText().isEmpty() ? Optional.of(entry.path("msg").asText()) : Optional.empty();
    } catch (JsonProcessingException e) {
      // The first line of a tail is a part of one; and what else is no entry says nothing.
      return Optional.empty();
    }
  }
}
