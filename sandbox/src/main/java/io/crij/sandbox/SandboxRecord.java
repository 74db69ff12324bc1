package io.crij.sandbox;

import com.google.protobuf.InvalidProtocolBufferException;
import io.crij.core.ObjectId;
import io.crij.cri.PodSandboxConfig;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pod on disk, in {@code <root>/sandboxes/<id>.json}. It outlives the daemon and an orderly reboot; what only means
 * something in this boot is in {@link LiveRecord}.
 *
 * @param id 64 hex characters
 * @param config the request's PodSandboxConfig, with the resources in force, as protobuf bytes in base64: bytes keep the fields of newer CRI versions
 * @param runtimeHandler as it was asked for, maybe empty
 * @param createdAtNanos nanoseconds since the epoch, higher than that of every pod made before on this node
 * @param holdsName false for the rest of a failed RunPodSandbox: a retry may use the name again
 * @param ips without prefix length, in the order of the network's result; empty with the node's network
 * @param netns where the network namespace is pinned; null with the node's network, and once the network is torn down
 * @param cgroupParent the folder below which the containers' cgroups are, as a path that starts at the cgroup root
 * @param madeCgroups the folders of it that did not exist before this pod, outermost first; ours to remove
 * @param pending what could not be taken back yet
 */
public record SandboxRecord(
    String id,
    String config,
    String runtimeHandler,
    SandboxState state,
    long createdAtNanos,
    boolean holdsName,
    List<String> ips,
    @Nullable String netns,
    String cgroupParent,
    List<String> madeCgroups,
    List<PendingCleanup> pending) {
  static final String FORMAT = "crij.sandbox";
  static final int VERSION = 1;

  public SandboxRecord {
    ips = List.copyOf(ips);
    madeCgroups = List.copyOf(madeCgroups);
    pending = List.copyOf(pending);
  }

  static String encode(PodSandboxConfig config) {
    return Base64.getEncoder().encodeToString(config.toByteArray());
  }

  /** The configuration, or the reason why it is none: a record whose checksum matches holds what we wrote. */
  PodSandboxConfig decodeConfig() throws InvalidProtocolBufferException {
    return PodSandboxConfig.parseFrom(Base64.getDecoder().decode(config));
  }

  ObjectId objectId() {
    return new ObjectId(id);
  }

  SandboxRecord withState(SandboxState next) {
    return new SandboxRecord(
        id, config, runtimeHandler, next, createdAtNanos, holdsName, ips, netns, cgroupParent, madeCgroups, pending);
  }

  SandboxRecord withConfig(PodSandboxConfig next) {
    return new SandboxRecord(
        id, encode(next), runtimeHandler, state, createdAtNanos, holdsName, ips, netns, cgroupParent, madeCgroups, pending);
  }

  SandboxRecord withIps(List<String> next) {
    return new SandboxRecord(
        id, config, runtimeHandler, state, createdAtNanos, holdsName, next, netns, cgroupParent, madeCgroups, pending);
  }

  SandboxRecord withoutNetwork() {
    return new SandboxRecord(
        id, config, runtimeHandler, state, createdAtNanos, holdsName, ips, null, cgroupParent, madeCgroups, pending);
  }

  SandboxRecord withPending(List<PendingCleanup> next) {
    return new SandboxRecord(
        id, config, runtimeHandler, state, createdAtNanos, holdsName, ips, netns, cgroupParent, madeCgroups, next);
  }

  SandboxRecord withoutName() {
    return new SandboxRecord(
        id, config, runtimeHandler, state, createdAtNanos, false, ips, netns, cgroupParent, madeCgroups, pending);
  }
}
