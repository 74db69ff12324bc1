package io.crij.container.launch;

import java.nio.file.Path;

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
 */
public record PodFacts(
    boolean privileged, boolean ownNetwork, boolean ownIpc, String hostname, Path resolvConf, Path hostnameFile, Path hosts) {}
