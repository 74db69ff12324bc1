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

/* What is stacked. `base` is the current folder while it is mounted: names of layers are relative to it. */
struct stack {
    const char *base, *lower;
    const struct option *options;
    size_t count;
    int userns; /* maps the owners of the layers; -1: they stay */
    const char *run_folder;
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

static int set_all(int context, const struct stack *stack, struct fault *fault) {
    for (size_t i = 0; i < stack->count; i++) {
        if (set(context, stack->options[i].key, stack->options[i].value) != 0) {
            return fault_errno(fault, "overlay", stack->options[i].key);
        }
    }
    return 0;
}

static bool fits(const char *text) {
    return strlen(text) <= FSCONFIG_TEXT_BYTES;
}

static bool options_fit(const struct stack *stack) {
    for (size_t i = 0; i < stack->count; i++) {
        if (stack->options[i].value != NULL && !fits(stack->options[i].value)) {
            return false;
        }
    }
    return true;
}

/* By fsconfig. *unfit: the strings are too long for it, or its kernel does not know layers one by one. */
static int mount_by_fsconfig(const struct stack *stack, int *mount, bool *unfit, struct fault *fault) {
    OWN_FD context = fsopen("overlay", FSOPEN_CLOEXEC);
    if (context < 0) {
        return fault_errno(fault, "fsopen", "overlay");
    }
    *unfit = !options_fit(stack);
    if (*unfit) {
        return fault_set(fault, EINVAL, "overlay", stack->lower);
    }
    (void)set(context, "source", "overlay");
    if ((fits(stack->lower) ? set(context, "lowerdir", stack->lower) : add_layers(context, stack->lower)) != 0) {
        *unfit = !fits(stack->lower);
        return fault_errno(fault, "overlay", stack->lower);
    }
    if (set_all(context, stack, fault) != 0) {
        return -1;
    }
    if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0) {
        *unfit = !fits(stack->lower) && errno == EINVAL; /* old kernels look at the keys only now */
        return fault_errno(fault, "overlay", stack->base);
    }
    *mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
    return *mount < 0 ? fault_errno(fault, "fsmount", "overlay") : 0;
}

static int join_options(char *text, size_t size, const struct stack *stack) {
    int length = snprintf(text, size, "lowerdir=%s", stack->lower);
    for (size_t i = 0; i < stack->count && length > 0 && (size_t)length < size; i++) {
        const char *value = stack->options[i].value;
        length += snprintf(text + length, size - (size_t)length, ",%s%s%s", stack->options[i].key, value != NULL ? "=" : "",
                           value != NULL ? value : "");
    }
    return length > 0 && (size_t)length < size ? 0 : -1;
}

/* The old interface, which takes one string of up to a page. It attaches the mount; what comes back is a detached clone. */
static int mount_by_string(const struct stack *stack, int *mounted, struct fault *fault) {
    char data[4096];
    if (join_options(data, sizeof data, stack) != 0) {
        return fault_set(fault, E2BIG, "overlay", "more layers than this kernel's mount takes");
    }
    if (mount("overlay", stack->run_folder, "overlay", 0, data) != 0) {
        return fault_errno(fault, "overlay", "mount");
    }
    *mounted = mount_clone(AT_FDCWD, stack->run_folder, false);
    return *mounted < 0 ? fault_errno(fault, "overlay", "clone") : 0;
}

static int mount_any(const struct stack *stack, int *mounted, struct fault *fault) {
    bool unfit = false;
    if (mount_by_fsconfig(stack, mounted, &unfit, fault) == 0) {
        return 0;
    }
    return unfit ? mount_by_string(stack, mounted, fault) : -1;
}

/* Shows the layers with mapped owners and makes that the current folder. It must be attached: overlay takes no layer out of a
 * detached mount, and it makes clones of its own of what it takes. */
static int enter_mapped_base(const struct stack *stack, struct fault *fault) {
    OWN_FD base = mount_clone(AT_FDCWD, stack->base, false);
    if (base < 0) {
        return fault_errno(fault, "overlay", stack->base);
    }
    if (mount_idmap(base, stack->userns) != 0) {
        return fault_errno(fault, "idmap", stack->base);
    }
    if (move_mount(base, "", AT_FDCWD, stack->run_folder, MOVE_MOUNT_F_EMPTY_PATH) != 0 || chdir(stack->run_folder) != 0) {
        return fault_errno(fault, "overlay", stack->run_folder);
    }
    return 0;
}

static int mount_privately(const struct stack *stack, int *mounted, struct fault *fault) {
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        return fault_errno(fault, "overlay", "unshare");
    }
    if (stack->userns >= 0 && enter_mapped_base(stack, fault) != 0) {
        return -1;
    }
    return stack->userns >= 0 ? mount_any(stack, mounted, fault) : mount_by_string(stack, mounted, fault);
}

/* What has to be attached on the way is attached in the mount namespace of a helper, and gone with it. */
static int mount_in_helper(const struct stack *stack, int *mounted, struct fault *fault) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return fault_errno(fault, "overlay", "socketpair");
    }
    OWN_FD ours = pair[0];
    OWN_FD theirs = pair[1];
    OWN_FD pidfd = -1;
    struct fault answer;
    memset(&answer, 0, sizeof answer);
    pid_t pid = sys_clone(&(struct clone_request){.cgroup = -1}, &pidfd);
    if (pid == 0) {
        int made = -1;
        (void)mount_privately(stack, &made, &answer);
        sys_send_fd(theirs, &answer, sizeof answer, made);
        _exit(0);
    }
    if (pid < 0) {
        return fault_errno(fault, "overlay", "clone");
    }
    own_close(&theirs);
    ssize_t count = sys_receive_fd(ours, &answer, sizeof answer, mounted);
    int code;
    sys_wait_pidfd(pidfd, &code);
    if (count != sizeof answer) {
        return fault_set(fault, EIO, "overlay", "the helper ended");
    }
    if (*mounted < 0) {
        *fault = answer;
        return -1;
    }
    return 0;
}

static int mount_stack(const struct stack *stack, int *mounted, struct fault *fault) {
    if (stack->userns >= 0) {
        return mount_in_helper(stack, mounted, fault);
    }
    if (chdir(stack->base) != 0) {
        return fault_errno(fault, "overlay", stack->base);
    }
    bool unfit = false;
    if (mount_by_fsconfig(stack, mounted, &unfit, fault) == 0) {
        return 0;
    }
    return unfit ? mount_in_helper(stack, mounted, fault) : -1;
}

int overlay_mount(const struct plan_op *op, const struct launch *launch, int *mount, struct fault *fault) {
    const struct option options[] = {{"upperdir", op_text(op, 3)}, {"workdir", op_text(op, 4)}, {"index", "off"},
                                     {"metacopy", "off"},          {"redirect_dir", "off"},     {"xino", "off"},
                                     {"volatile", NULL}};
    struct stack stack = {
        .base = op_text(op, 1),
        .lower = op_text(op, 2),
        .options = options,
        .count = sizeof options / sizeof *options - (op_number(op, 5) != 0 ? 0 : 1),
        .userns = op_number(op, 6) != 0 ? launch->pod->user : -1,
        .run_folder = launch->run_folder,
    };
    return mount_stack(&stack, mount, fault);
}

/* One layer alone is no stack for overlay: it is bound. */
static int bind_layer(const struct stack *stack, int *mount, struct fault *fault) {
    if (chdir(stack->base) != 0 || (*mount = mount_clone(AT_FDCWD, stack->lower, false)) < 0) {
        return fault_errno(fault, "image", stack->lower);
    }
    return stack->userns >= 0 && mount_idmap(*mount, stack->userns) != 0 ? fault_errno(fault, "idmap", stack->base) : 0;
}

int overlay_image(const struct plan_op *op, const struct launch *launch, int *mount, struct fault *fault) {
    static const struct option options[] = {{"index", "off"}, {"metacopy", "off"}, {"redirect_dir", "off"}, {"xino", "off"}};
    struct stack stack = {
        .base = op_text(op, 1),
        .lower = op_text(op, 2),
        .options = options,
        .count = sizeof options / sizeof *options,
        .userns = op_number(op, 3) != 0 ? launch->pod->user : -1,
        .run_folder = launch->run_folder,
    };
    return strchr(stack.lower, ':') == NULL ? bind_layer(&stack, mount, fault) : mount_stack(&stack, mount, fault);
}
