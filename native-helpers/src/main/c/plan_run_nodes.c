/* Phase B: folders, device nodes, links and the terminal of the new root; sysctls of its namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "launch.h"
#include "mounts.h"
#include "own.h"
#include "report.h"
#include "sys.h"

static int make_folder(const struct launch *launch, const struct plan_op *op, struct fault *fault) {
    OWN_FD found = target_make(launch->root, op_text(op, 0), TARGET_FOLDER);
    OWN_FD folder = found < 0 ? -1 : openat(found, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || fchown(folder, (uid_t)op_number(op, 2), (gid_t)op_number(op, 3)) != 0 ||
        fchmod(folder, (mode_t)op_number(op, 1)) != 0) {
        return fault_errno(fault, "folder", op_text(op, 0));
    }
    return 0;
}

static int make_device(const struct launch *launch, const struct plan_op *op, struct fault *fault) {
    static const mode_t types[] = {0, S_IFCHR, S_IFBLK, S_IFIFO};
    const char *path = op_text(op, 0);
    const char *name;
    OWN_FD parent = target_parent(launch->root, path, &name);
    if (parent < 0) {
        return fault_errno(fault, "device", path);
    }
    mode_t mode = (mode_t)op_number(op, 4);
    dev_t number = makedev((unsigned)op_number(op, 2), (unsigned)op_number(op, 3));
    if (unlinkat(parent, name, 0) != 0 && errno != ENOENT) { /* a later device of the same name replaces an earlier one */
        return fault_errno(fault, "device", path);
    }
    if (mknodat(parent, name, types[op_number(op, 1)] | mode, number) != 0 ||
        fchownat(parent, name, (uid_t)op_number(op, 5), (gid_t)op_number(op, 6), AT_SYMLINK_NOFOLLOW) != 0 ||
        fchmodat(parent, name, mode, 0) != 0) { /* chown may have cleared bits; the node is ours, made a moment ago */
        return fault_errno(fault, "device", path);
    }
    return 0;
}

static int make_symlink(const struct launch *launch, const struct plan_op *op, struct fault *fault) {
    const char *name;
    OWN_FD parent = target_parent(launch->root, op_text(op, 0), &name);
    if (parent < 0) {
        return fault_errno(fault, "symlink", op_text(op, 0));
    }
    return symlinkat(op_text(op, 1), parent, name) != 0 && errno != EEXIST ? fault_errno(fault, "symlink", op_text(op, 0)) : 0;
}

int tty_allocate(int root, int64_t columns, int64_t rows, int *master, int *slave, struct fault *fault) {
    OWN_FD multiplexer = sys_openat2(root, "dev/pts/ptmx", O_RDWR | O_NOCTTY, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
    struct statfs filesystem;
    if (multiplexer < 0 || fstatfs(multiplexer, &filesystem) != 0) {
        return fault_errno(fault, "console", "/dev/pts/ptmx");
    }
    if (filesystem.f_type != DEVPTS_SUPER_MAGIC) {
        return fault_set(fault, ENODEV, "console", "/dev/pts is no devpts");
    }
    int unlock = 0;
    OWN_FD peer = -1;
    if (ioctl(multiplexer, TIOCSPTLCK, &unlock) != 0 || (peer = ioctl(multiplexer, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
        return fault_errno(fault, "console", "terminal");
    }
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    if (columns > 0 && rows > 0 && ioctl(multiplexer, TIOCSWINSZ, &size) != 0) {
        return fault_errno(fault, "console", "size");
    }
    *master = own_give(&multiplexer);
    *slave = own_give(&peer);
    return 0;
}

static int make_console(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    OWN_FD master = -1;
    if (tty_allocate(launch->root, op_number(op, 0), op_number(op, 1), &master, &launch->tty, fault) != 0) {
        return -1;
    }
    OWN_FD target = target_make(launch->root, "/dev/console", TARGET_FILE);
    OWN_FD mount = mount_clone(launch->tty, "", false);
    if (target < 0 || mount < 0 || mount_attach(mount, target) != 0) {
        return fault_errno(fault, "console", "/dev/console");
    }
    return report_send(launch->report, REPORT_TTY, 0, master) != 0 ? fault_errno(fault, "console", "report") : 0;
}

int proc_private(struct fault *fault) {
    static const char *const none[] = {NULL};
    return mount_new("proc", none, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, fault);
}

int sysctl_write(int proc, const char *key, const char *value, struct fault *fault) {
    char path[300];
    bool dots = strchr(key, '/') == NULL; /* as sysctl(8): with slashes, a dot is part of a name */
    snprintf(path, sizeof path, "sys/%s", key);
    for (char *at = path + 4; dots && *at != '\0'; at++) {
        *at = *at == '.' ? '/' : *at;
    }
    OWN_FD file = sys_openat2(proc, path, O_WRONLY, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
    if (file < 0 || write_all(file, value, strlen(value)) != 0) {
        return fault_errno(fault, "sysctl", key);
    }
    return 0;
}

static int set_sysctl(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    if (launch->proc < 0 && (launch->proc = proc_private(fault)) < 0) {
        return -1;
    }
    return sysctl_write(launch->proc, op_text(op, 0), op_text(op, 1), fault);
}

int run_node_op(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    switch (op->spec->tag) {
    case OP_FOLDER:
        return make_folder(launch, op, fault);
    case OP_DEVICE:
        return make_device(launch, op, fault);
    case OP_SYMLINK:
        return make_symlink(launch, op, fault);
    case OP_CONSOLE:
        if (launch->plan->runtime != NULL) {
            return 0; /* the runtime makes it and hands it over */
        }
        return make_console(launch, op, fault);
    case OP_SYSCTL:
        return set_sysctl(launch, op, fault);
    default:
        return fault_set(fault, ENOSYS, op->spec->name, "");
    }
}
