#include "seed.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "mounts.h"
#include "own.h"
#include "sys.h"

static int make_shm(int64_t bytes, const struct user_mapping *owner, struct fault *fault) {
    char size[40], uid[40], gid[40];
    const char *options[] = {"mode=1777", uid, gid, bytes > 0 ? size : NULL, NULL};
    snprintf(size, sizeof size, "size=%lld", (long long)bytes);
    snprintf(uid, sizeof uid, "uid=%lld", (long long)owner->uid);
    snprintf(gid, sizeof gid, "gid=%lld", (long long)owner->gid);
    OWN_FD shm = mount_new("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, fault);
    if (shm < 0) {
        return -1;
    }
    OWN_FD target = open(SEED_SHM, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return mount_attach(shm, target) != 0 ? fault_errno(fault, "seed", "shm") : 0;
}

int seed_make(const char *at, int64_t shm_bytes, const struct user_mapping *owner, struct fault *fault) {
    static const char *const options[] = {"mode=755", "size=64k", NULL};
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        return fault_errno(fault, "seed", "unshare");
    }
    OWN_FD root = mount_new("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, fault);
    if (root < 0) {
        return -1;
    }
    if (move_mount(root, "", AT_FDCWD, at, MOVE_MOUNT_F_EMPTY_PATH) != 0 || fchdir(root) != 0) {
        return fault_errno(fault, "seed", at);
    }
    if (mkdir(SEED_SHM, 01777) != 0 || mkdir(SEED_EMPTY, 0555) != 0 || mkdir(SEED_ROOT, 0755) != 0 ||
        mkdir(SEED_TREE, 0755) != 0) {
        return fault_errno(fault, "seed", "mkdir");
    }
    if (make_shm(shm_bytes, owner, fault) != 0) {
        return -1;
    }
    if (sys_pivot_root(".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0 ||
        mount_attributes(root, MOUNT_ATTR_RDONLY, false) != 0) {
        return fault_errno(fault, "seed", "pivot");
    }
    return 0;
}
