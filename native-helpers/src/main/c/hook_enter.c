/* Hooks that run beside the root of a container whose process stands at a hold. */
#include "hook_enter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own.h"

static int failed(const char *what, const char *object) {
    fprintf(stderr, "crij-pod hook: %s %s: %s\n", what, object, strerror(errno));
    return 127;
}

int hook_main(int argc, char **argv) {
    struct statx root;
    if (argc < 6) {
        fprintf(stderr, "usage: crij-pod hook PID BUNDLE PROGRAM ARGV...\n");
        return 2;
    }
    const char *bundle = argv[3];
    OWN_FD process = pidfd_open((pid_t)strtol(argv[2], NULL, 10), 0);
    if (process < 0 || setns(process, CLONE_NEWNS) != 0) {
        return failed("cannot enter the mount namespace of", argv[2]);
    }
    if (chdir(bundle) != 0 || statx(AT_FDCWD, "rootfs", AT_SYMLINK_NOFOLLOW, 0, &root) != 0) {
        return failed("cannot go to", bundle);
    }
    /* The number may be another process's by now, which has another root or none. */
    if ((root.stx_attributes_mask & root.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0) {
        errno = ESRCH;
        return failed("no container's root stands in", bundle);
    }
    execv(argv[4], argv + 5);
    return failed("it cannot be executed:", argv[4]);
}
