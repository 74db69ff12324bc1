package io.crij.daemon.host;

import io.crij.helper.syscall.KernelProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel can do, as {@link KernelFloor} asks it; tests answer in the kernel's place. */
public interface KernelFacts {
  /** As uname -r prints it. */
  String release() throws IOException;

  boolean has(Feature feature);

  /** A feature that some kernels since {@link KernelFloor#OLDEST} were built without, or that a filter hides. */
  enum Feature {
    OPENAT2("openat2(2)"),
    OPEN_TREE("open_tree(2)"),
    MOVE_MOUNT("move_mount(2)"),
    MOUNT_SETATTR("mount_setattr(2)"),
    CLONE3("clone3(2)"),
    PIDFD("pidfd_open(2)"),
    CLOSE_RANGE("close_range(2)"),
    FSOPEN("fsopen(2)"),
    OVERLAY("the overlay filesystem (try: modprobe overlay)"),
    SECCOMP("seccomp filters (CONFIG_SECCOMP_FILTER)");

    private final String words;

    Feature(String words) {
      this.words = words;
    }

    public String words() {
      return words;
    }
  }

  /** The kernel that runs this process. */
  static KernelFacts ofThisHost() {
    return new KernelFacts() {
      @Override
      public String release() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
      }

      @Override
      public boolean has(Feature feature) {
        return switch (feature) {
          case OPENAT2 -> KernelProbe.hasOpenat2();
          case OPEN_TREE -> KernelProbe.hasOpenTree();
          case MOVE_MOUNT -> KernelProbe.hasMoveMount();
          case MOUNT_SETATTR -> KernelProbe.hasMountSetattr();
          case CLONE3 -> KernelProbe.hasClone3();
          case PIDFD -> KernelProbe.hasPidfd();
          case CLOSE_RANGE -> KernelProbe.hasCloseRange();
          case FSOPEN -> KernelProbe.filesystem("tmpfs") == 0;
          case OVERLAY -> KernelProbe.filesystem("overlay") == 0;
          case SECCOMP -> Files.exists(Path.of("/proc/sys/kernel/seccomp/actions_avail"));
        };
      }
    };
  }
}
