/* Phase B: the mounts of the new root, in the process's private copy of the pod's seed namespace. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "copytree.h"
#include "hook.h"
#include "launch.h"
#include "mounts.h"
#include "own.h"
#include "runtime.h"
#include "seed.h"
#include "sys.h"
#include "userns.h"

#define BUNDLE_SEED "seed"
#define BUNDLE_ROOT "rootfs"

static int enter_seed(const struct launch *launch, int flags, struct fault *fault) {
    if (setns(launch->pod->seed, CLONE_NEWNS) != 0) {
        return fault_errno(fault, "enter", "setns");
    }
    return unshare(flags) != 0 ? fault_errno(fault, "enter", "unshare") : 0;
}

/* Programs of the host are to run beside the new root: so this is a copy of the host's mounts, in which the bundle holds the
 * seed and the root. Nothing of it gets back to the host; what the host takes off goes here, too. PIVOT takes all of it away. */
static int enter_bundle(const struct launch *launch, const char *bundle, int flags, struct fault *fault) {
    OWN_FD host = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (host < 0 || setns(launch->pod->seed, CLONE_NEWNS) != 0) {
        return fault_errno(fault, "enter", "setns");
    }
    OWN_FD seed = mount_clone(AT_FDCWD, "/", true);
    if (seed < 0 || setns(host, CLONE_NEWNS) != 0) {
        return fault_errno(fault, "enter", "seed");
    }
    if (unshare(flags) != 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) {
        return fault_errno(fault, "enter", "unshare");
    }
    if (chdir(bundle) != 0 || move_mount(seed, "", AT_FDCWD, BUNDLE_SEED, MOVE_MOUNT_F_EMPTY_PATH) != 0 || chdir(BUNDLE_SEED) != 0) {
        return fault_errno(fault, "enter", bundle);
    }
    return 0;
}

static int enter(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    int flags = CLONE_NEWNS | (op_number(op, 0) != 0 ? CLONE_NEWCGROUP : 0);
    const char *bundle = launch->plan->bundle;
    if ((bundle != NULL ? enter_bundle(launch, bundle, flags, fault) : enter_seed(launch, flags, fault)) != 0) {
        return -1;
    }
    const struct plan_op *user = launch->plan->user;
    return user != NULL ? userns_create_as(op_number(user, 0), op_number(user, 1), fault) : 0;
}

static int set_root(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    OWN_FD mount = own_give(&launch->slots[op_number(op, 0)]);
    if (mount_attributes(mount, (uint64_t)op_number(op, 1), false) != 0) {
        return fault_errno(fault, "root", "attributes");
    }
    const char *bundle = launch->plan->bundle;
    OWN_FD folder = bundle != NULL ? open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    int at = bundle != NULL ? folder : AT_FDCWD;
    const char *name = bundle != NULL ? BUNDLE_ROOT : SEED_ROOT;
    if (move_mount(mount, "", at, name, MOVE_MOUNT_F_EMPTY_PATH) != 0) {
        return fault_errno(fault, "root", "move_mount");
    }
    launch->root = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return launch->root < 0 ? fault_errno(fault, "root", name) : 0;
}

/* Puts a detached mount onto its target. Propagation comes last: a shared parent would have made the mount shared. */
static int attach(struct launch *launch, int mount, const char *path, enum target_kind kind, int64_t propagation,
                  struct fault *fault) {
    OWN_FD target = target_make(launch->root, path, kind);
    if (target < 0) {
        return fault_errno(fault, "target", path);
    }
    if (mount_attach(mount, target) != 0) {
        return fault_errno(fault, "mount", path);
    }
    return mount_propagation(mount, propagation, true) != 0 ? fault_errno(fault, "propagation", path) : 0;
}

static int add_filesystem(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    static const char *const none[] = {NULL};
    const char *const *options = op->values[3].count > 0 ? (const char *const *)op->values[3].texts : none;
    OWN_FD mount = mount_new(op_text(op, 0), options, (uint64_t)op_number(op, 2), fault);
    if (mount < 0) {
        return -1;
    }
    return attach(launch, mount, op_text(op, 1), TARGET_FOLDER, op_number(op, 4), fault);
}

/* Puts the part of a tree in the place of the whole. The tree is not trusted: a link in it leads nowhere but into it. It has to
 * stand somewhere for this, since kernels before 6.15 make no clone of what is detached. */
static int take_part(int *mount, const char *path, struct fault *fault) {
    if (move_mount(*mount, "", AT_FDCWD, SEED_TREE, MOVE_MOUNT_F_EMPTY_PATH) != 0) {
        return fault_errno(fault, "part", path);
    }
    OWN_FD tree = open(SEED_TREE, O_PATH | O_DIRECTORY | O_CLOEXEC);
    OWN_FD found = tree < 0 ? -1 : sys_openat2(tree, path, O_PATH, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
    OWN_FD part = found < 0 ? -1 : mount_clone(found, "", false);
    if (part < 0) {
        return fault_errno(fault, "part", path);
    }
    if (umount2(SEED_TREE, MNT_DETACH) != 0) {
        return fault_errno(fault, "part", SEED_TREE);
    }
    own_close(mount);
    *mount = own_give(&part);
    return 0;
}

static int add_mount(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    OWN_FD mount = own_give(&launch->slots[op_number(op, 0)]);
    if (op->values[6].count > 0 && take_part(&mount, op_text(op, 6), fault) != 0) {
        return -1;
    }
    struct stat status;
    if (fstatat(mount, "", &status, AT_EMPTY_PATH) != 0 ||
        mount_attributes(mount, (uint64_t)op_number(op, 2), op_number(op, 3) != 0) != 0) {
        return fault_errno(fault, "attributes", op_text(op, 1));
    }
    if (launch->plan->runtime != NULL) {
        return runtime_stand(launch, (int)op_number(op, 0), mount, fault);
    }
    enum target_kind kind = S_ISDIR(status.st_mode) ? TARGET_FOLDER : TARGET_FILE;
    if (op_number(op, 5) != 0) {
        kind = (enum target_kind)op_number(op, 5);
    }
    return attach(launch, mount, op_text(op, 1), kind, op_number(op, 4), fault);
}

static int add_pod_shm(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    OWN_FD mount = mount_clone(AT_FDCWD, SEED_SHM, false);
    if (mount < 0 || mount_attributes(mount, (uint64_t)op_number(op, 1), false) != 0) {
        return fault_errno(fault, "pod_shm", op_text(op, 0));
    }
    return attach(launch, mount, op_text(op, 0), TARGET_FOLDER, PROPAGATION_LEAVE, fault);
}

static int add_volume(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    OWN_FD mount = own_give(&launch->slots[op_number(op, 0)]);
    OWN_FD target = target_make(launch->root, op_text(op, 1), TARGET_FOLDER);
    if (target < 0) {
        return fault_errno(fault, "target", op_text(op, 1));
    }
    if (copy_tree(target, mount, fault) != 0) {
        return -1;
    }
    if (mount_attributes(mount, (uint64_t)op_number(op, 2), false) != 0) {
        return fault_errno(fault, "attributes", op_text(op, 1));
    }
    if (launch->plan->runtime != NULL) {
        return runtime_stand(launch, (int)op_number(op, 0), mount, fault);
    }
    return mount_attach(mount, target) != 0 ? fault_errno(fault, "mount", op_text(op, 1)) : 0;
}

/* The null device that this plan put into its own /dev; anything else by that name is not trusted. */
static int open_null(const struct launch *launch) {
    OWN_FD null = sys_openat2(launch->root, "dev/null", O_PATH, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
    struct stat status;
    if (null < 0 || fstatat(null, "", &status, AT_EMPTY_PATH) != 0) {
        return -1;
    }
    if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3)) {
        errno = ENODEV;
        return -1;
    }
    return own_give(&null);
}

static int mask(struct launch *launch, const char *path, struct fault *fault) {
    OWN_FD target = target_find(launch->root, path);
    struct stat status;
    if (target < 0) {
        return errno == ENOENT || errno == ENOTDIR ? 0 : fault_errno(fault, "mask", path);
    }
    if (fstatat(target, "", &status, AT_EMPTY_PATH) != 0) {
        return fault_errno(fault, "mask", path);
    }
    OWN_FD null = S_ISDIR(status.st_mode) ? -1 : open_null(launch);
    OWN_FD mount = S_ISDIR(status.st_mode) ? mount_clone(AT_FDCWD, SEED_EMPTY, false) : mount_clone(null, "", false);
    uint64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    if (mount < 0 || mount_attributes(mount, attributes, false) != 0 || mount_attach(mount, target) != 0) {
        return fault_errno(fault, "mask", path);
    }
    return 0;
}

static int make_readonly(struct launch *launch, const char *path, struct fault *fault) {
    OWN_FD target = target_find(launch->root, path);
    if (target < 0) {
        return errno == ENOENT || errno == ENOTDIR ? 0 : fault_errno(fault, "readonly", path);
    }
    OWN_FD mount = mount_clone(target, "", true);
    if (mount < 0 || mount_attributes(mount, MOUNT_ATTR_RDONLY, true) != 0 || mount_attach(mount, target) != 0) {
        return fault_errno(fault, "readonly", path);
    }
    return 0;
}

/* In the container's namespaces: the pod's user namespace is the only one that it has not entered yet. */
static int prepare_create_hook(const void *context, struct fault *fault) {
    const struct launch *launch = context;
    if (chdir(launch->plan->bundle) != 0) {
        return fault_errno(fault, "chdir", launch->plan->bundle);
    }
    return launch->plan->user != NULL ? userns_enter(launch->pod->user, fault) : 0;
}

static int run_create_hook(const struct launch *launch, const struct plan_op *op, struct fault *fault) {
    struct hook_setting setting = {.stage = "createContainer", .prepare = prepare_create_hook, .context = launch};
    return hook_run(op, &setting, fault);
}

int run_seed_op(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    switch (op->spec->tag) {
    case OP_ENTER:
        return enter(launch, op, fault);
    case OP_ROOT:
        return set_root(launch, op, fault);
    case OP_FILESYSTEM:
        return add_filesystem(launch, op, fault);
    case OP_MOUNT:
        return add_mount(launch, op, fault);
    case OP_POD_SHM:
        return add_pod_shm(launch, op, fault);
    case OP_VOLUME:
        return add_volume(launch, op, fault);
    case OP_MASK:
        return mask(launch, op_text(op, 0), fault);
    case OP_READONLY:
        return make_readonly(launch, op_text(op, 0), fault);
    case OP_CREATE_HOOK:
        return run_create_hook(launch, op, fault);
    default:
        return run_node_op(launch, op, fault);
    }
}

/* What later operations of the plan say and must be known before the root may become read-only. */
static const struct plan_op *find_op(const struct plan *plan, enum plan_tag tag) {
    for (uint32_t i = 0; i < plan->op_count; i++) {
        if (plan->ops[i].spec->tag == tag) {
            return &plan->ops[i];
        }
    }
    return NULL;
}

/* The terminal is opened again by its path in the new mount namespace: programs look for its name there. */
static int reopen_terminal(struct launch *launch, struct fault *fault) {
    struct stat before, after;
    if (fstat(launch->tty, &before) != 0) {
        return fault_errno(fault, "console", "terminal");
    }
    char path[32];
    snprintf(path, sizeof path, "dev/pts/%u", minor(before.st_rdev));
    OWN_FD root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    OWN_FD again = root < 0 ? -1 : sys_openat2(root, path, O_RDWR | O_NOCTTY, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
    if (again < 0 || fstat(again, &after) != 0) {
        return fault_errno(fault, "console", path);
    }
    if (after.st_rdev != before.st_rdev || after.st_dev != before.st_dev) {
        return fault_set(fault, ENODEV, "console", path);
    }
    own_close(&launch->tty);
    launch->tty = own_give(&again);
    return 0;
}

/* The last step with rights on the host: all mounts are made, and become ones that the pod's root cannot undo. */
static int leave_host(struct launch *launch, struct fault *fault) {
    if (streams_give(launch->tty, op_number(launch->plan->user, 2), fault) != 0 ||
        userns_enter_mounts(launch->pod->user, fault) != 0) {
        return -1;
    }
    return launch->tty >= 0 ? reopen_terminal(launch, fault) : 0;
}

int run_pivot(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    const struct plan_op *cwd = find_op(launch->plan, OP_CWD);
    OWN_FD folder = cwd != NULL ? target_make(launch->root, op_text(cwd, 0), TARGET_FOLDER) : -1; /* CWD itself tells a failure */
    /* The second call takes the seed off, which the first one left stacked on the new root. */
    if (fchdir(launch->root) != 0 || sys_pivot_root(".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) {
        return fault_errno(fault, "pivot", "");
    }
    OWN_FD root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || mount_attributes(root, op_number(op, 0) != 0 ? MOUNT_ATTR_RDONLY : 0, false) != 0) {
        return fault_errno(fault, "pivot", "read-only");
    }
    /* Only now, because the kernel pivots into no shared mount; not recursive, because volumes have their own. */
    int64_t propagation = op_number_or(find_op(launch->plan, OP_ROOT), 2, PROPAGATION_SLAVE); /* the parser saw that it is there */
    if (mount_propagation(root, propagation, false) != 0) {
        return fault_errno(fault, "pivot", "propagation");
    }
    own_close(&launch->root);
    return launch->plan->user != NULL ? leave_host(launch, fault) : 0;
}
