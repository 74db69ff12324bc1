package io.crij.container.launch;

import io.crij.helper.UserMapping;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a plan has to know of the pod.
 *
 * @param privileged whether the pod may hold privileged containers
 * @param ownNetwork whether it has a network and UTS namespace of its own
 * @param ownIpc whether it has an IPC namespace of its own
 * @param hostname as seen inside
 * @param resolvConf file for /etc/resolv.conf
 * @param hostnameFile file for /etc/hostname
 * @param hosts file for /etc/hosts
 * @param user how its user namespace maps ids, null for the host's
 */
public record PodFacts(
    boolean privileged,
    boolean ownNetwork,
    boolean ownIpc,
    String hostname,
    Path resolvConf,
    Path hostnameFile,
    Path hosts,
    @Nullable UserMapping user) {
  /** The uid of the host that is root in the pod. */
  long rootUid() {
    return user == null ? 0 : user.hostUid();
  }

  /** The gid of the host that is root's in the pod. */
  long rootGid() {
    return user == null ? 0 : user.hostGid();
  }
}
