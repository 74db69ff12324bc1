package io.crij.cgroups;

import java.util.List;

/** What a group read from and wrote to block devices since it was made. Devices that it never used are not listed. */
public record IoStats(List<Device> devices) {
  public IoStats {
    devices = List.copyOf(devices);
  }

  /** One block device by its numbers; operations and bytes as they reached it, after the page cache. */
  public record Device(int major, int minor, long reads, long writes, long readBytes, long writtenBytes) {}
}
