/* What this kernel can do, found out by doing it: configurations and version numbers lie. */
#include "probe.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "mounts.h"
#include "own.h"
#include "userns.h"

static int idmap(int mount, int userns, const char *what, struct fault *fault) {
    return mount < 0 || mount_idmap(mount, userns) != 0 ? fault_errno(fault, "idmap", what) : 0;
}

/* Layers of images, and a tmpfs, which kubelet's secrets are on. A kernel that maps tmpfs (6.3) maps layers of overlay, too (5.19). */
static int probe_userns(const char *images, struct fault *fault) {
    static const char *const none[] = {NULL};
    const struct user_mapping mapping = {.uid = 100000, .gid = 100000, .count = 65536};
    OWN_FD userns = -1;
    if (userns_make(&mapping, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS, &userns, fault) != 0) {
        return -1;
    }
    OWN_FD folder = mount_clone(AT_FDCWD, images, false);
    OWN_FD memory = mount_new("tmpfs", none, 0, fault);
    return idmap(folder, userns, images, fault) != 0 || idmap(memory, userns, "tmpfs", fault) != 0 ? -1 : 0;
}

int probe_main(int argc, char **argv) {
    struct fault fault = {.op = -1};
    if (argc != 4 || strcmp(argv[2], "userns") != 0) {
        return 2;
    }
    if (probe_userns(argv[3], &fault) != 0) {
        printf("%s of %s: %s\n", fault.stage, fault.what, strerror(fault.err));
        return 1;
    }
    return 0;
}
