package io.crij.container.launch;

import io.crij.helper.plan.DeviceType;

/**
 * A device node of the host.
 *
 * @param path where it stands on the host
 * @param mode permission bits
 */
public record HostDevice(String path, DeviceType type, long major, long minor, int mode, long uid, long gid) {}
