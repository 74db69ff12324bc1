/* The merged tree of layers. Layer names are relative to their folder, so that the kernel's bound on strings is met. */
#include "overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "mounts.h"
#include "own.h"
#include "sys.h"

#define FSCONFIG_TEXT_BYTES 255 /* longer strings are EINVAL */

struct option {
    const char *key, *value; /* value NULL: a flag */
};

static int set(int context, const char *key, const char *value) {
    return fsconfig(context, value != NULL ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key, value, 0);
}

/* Adds the layers one by one, top first. Kernels before 6.8 do not know this key: EINVAL. */
static int add_layers(int context, const char *lower) {
    char layer[FSCONFIG_TEXT_BYTES + 1];
    while (*lower != '\0') {
        size_t length = strcspn(lower, ":");
        if (length == 0 || length >= sizeof layer) {
            errno = EINVAL;
            return -1;
        }
        memcpy(layer, lower, length);
        layer[length] = '\0';
        if (set(context, "lowerdir+", layer) != 0) {
            return -1;
        }
        lower += length + (lower[length] == ':' ? 1 : 0);
    }
    return 0;
}

static int set_all(int context, const struct option *options, size_t count, struct fault *fault) {
    for (size_t i = 0; i < count; i++) {
        if (set(context, options[i].key, options[i].value) != 0) {
            return fault_errno(fault, "overlay", options[i].key);
        }
    }
    return 0;
}

/* The old interface, which takes one string of up to a page, for kernels without `lowerdir+`. Made in a mount namespace of a
 * helper, because it must be attached somewhere; what comes back is a detached clone. */
static _Noreturn void mount_in_helper(int socket, const char *data, const char *at) {
    struct fault fault;
    int cwd = -1;
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("overlay", at, "overlay", 0, data) != 0 || (cwd = mount_clone(AT_FDCWD, at, false)) < 0) {
        fault_errno(&fault, "overlay", "mount");
    } else {
        fault_set(&fault, 0, "overlay", "");
    }
    sys_send_fd(socket, &fault, sizeof fault, cwd);
    _exit(0);
}

static int mount_long(const char *data, const char *at, int *mounted, struct fault *fault) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return fault_errno(fault, "overlay", "socketpair");
    }
    OWN_FD ours = pair[0];
    OWN_FD theirs = pair[1];
    OWN_FD pidfd = -1;
    pid_t pid = sys_clone(&(struct clone_request){.cgroup = -1}, &pidfd);
    if (pid == 0) {
        mount_in_helper(theirs, data, at);
    }
    if (pid < 0) {
        return fault_errno(fault, "overlay", "clone");
    }
    own_close(&theirs);
    struct fault answer;
    ssize_t count = sys_receive_fd(ours, &answer, sizeof answer, mounted);
    int code;
    sys_wait_pidfd(pidfd, &code);
    if (count != sizeof answer || answer.err != 0 || *mounted < 0) {
        *fault = answer;
        return count == sizeof answer ? -1 : fault_set(fault, EIO, "overlay", "the helper ended");
    }
    return 0;
}

static int join_options(char *text, size_t size, const char *lower, const struct option *options, size_t count) {
    int length = snprintf(text, size, "lowerdir=%s", lower);
    for (size_t i = 0; i < count && length > 0 && (size_t)length < size; i++) {
        const char *value = options[i].value;
        length += snprintf(text + length, size - (size_t)length, ",%s%s%s", options[i].key, value != NULL ? "=" : "",
                           value != NULL ? value : "");
    }
    return length > 0 && (size_t)length < size ? 0 : -1;
}

static bool fits(const char *text) {
    return strlen(text) <= FSCONFIG_TEXT_BYTES;
}

/* By fsconfig. *unfit: the strings are too long for it, or its kernel does not know layers one by one. */
static int mount_by_fsconfig(const char *lower, const struct option *options, size_t count, int *mount, bool *unfit, struct fault *fault) {
    OWN_FD context = fsopen("overlay", FSOPEN_CLOEXEC);
    if (context < 0) {
        return fault_errno(fault, "fsopen", "overlay");
    }
    *unfit = !fits(options[0].value) || !fits(options[1].value);
    if (*unfit) {
        return fault_set(fault, EINVAL, "overlay", lower);
    }
    (void)set(context, "source", "overlay");
    if ((fits(lower) ? set(context, "lowerdir", lower) : add_layers(context, lower)) != 0) {
        *unfit = !fits(lower);
        return fault_errno(fault, "overlay", lower);
    }
    if (set_all(context, options, count, fault) != 0) {
        return -1;
    }
    if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0) {
        *unfit = !fits(lower) && errno == EINVAL; /* old kernels look at the keys only now */
        return fault_errno(fault, "overlay", options[0].value);
    }
    *mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
    return *mount < 0 ? fault_errno(fault, "fsmount", "overlay") : 0;
}

int overlay_mount(const struct plan_op *op, const char *run_folder, int *mount, struct fault *fault) {
    const char *base = op_text(op, 1);
    const char *lower = op_text(op, 2);
    const struct option options[] = {{"upperdir", op_text(op, 3)}, {"workdir", op_text(op, 4)}, {"index", "off"},
                                     {"metacopy", "off"},          {"redirect_dir", "off"},     {"xino", "off"},
                                     {"volatile", NULL}};
    size_t count = sizeof options / sizeof *options - (op_number(op, 5) != 0 ? 0 : 1);
    if (chdir(base) != 0) {
        return fault_errno(fault, "overlay", base);
    }
    bool unfit = false;
    if (mount_by_fsconfig(lower, options, count, mount, &unfit, fault) == 0) {
        return 0;
    }
    if (!unfit) {
        return -1;
    }
    char data[4096];
    if (join_options(data, sizeof data, lower, options, count) != 0) {
        return fault_set(fault, E2BIG, "overlay", "more layers than this kernel's mount takes");
    }
    return mount_long(data, run_folder, mount, fault);
}
