#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "environment.h"
#include "hook.h"
#include "launch.h"
#include "mounts.h"
#include "own.h"
#include "report.h"
#include "sys.h"

/* Kernel structs of capset(2), version 3: two halves of 32 bits. */
struct capabilities {
    uint64_t effective, permitted, inheritable;
};

static int capabilities_get(struct capabilities *caps) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) != 0) {
        return -1;
    }
    caps->effective = (uint64_t)data[1].effective << 32 | data[0].effective;
    caps->permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
    caps->inheritable = (uint64_t)data[1].inheritable << 32 | data[0].inheritable;
    return 0;
}

static int capabilities_set(const struct capabilities *caps) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)caps->effective, (uint32_t)caps->permitted, (uint32_t)caps->inheritable},
        {(uint32_t)(caps->effective >> 32), (uint32_t)(caps->permitted >> 32), (uint32_t)(caps->inheritable >> 32)},
    };
    return (int)syscall(SYS_capset, &header, data);
}

static int reset_scheduling(void) {
    struct sched_param none = {0};
    uint8_t everywhere[128]; /* the kernel intersects it with the cpuset */
    memset(everywhere, 0xff, sizeof everywhere);
    if (sched_setscheduler(0, SCHED_OTHER, &none) != 0 || setpriority(PRIO_PROCESS, 0, 0) != 0) {
        return -1;
    }
    (void)syscall(SYS_sched_setaffinity, 0, sizeof everywhere, everywhere); /* EINVAL: the cpuset has no CPU yet */
    return 0;
}

/* A hard limit above ours needs CAP_SYS_RESOURCE; without it the nearest one that is allowed is taken. */
static int limit(int resource, rlim_t soft, rlim_t hard) {
    struct rlimit wanted = {.rlim_cur = soft, .rlim_max = hard};
    if (setrlimit((__rlimit_resource_t)resource, &wanted) == 0) {
        return 0;
    }
    struct rlimit now;
    if (errno != EPERM || getrlimit((__rlimit_resource_t)resource, &now) != 0) {
        return -1;
    }
    wanted.rlim_max = hard < now.rlim_max ? hard : now.rlim_max;
    wanted.rlim_cur = soft < wanted.rlim_max ? soft : wanted.rlim_max;
    return setrlimit((__rlimit_resource_t)resource, &wanted);
}

int process_reset(struct fault *fault) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) {
        (void)signal(number, SIG_DFL); /* KILL, STOP and the C library's own two cannot be set, nor need it */
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (setsid() < 0) {
        return fault_errno(fault, "reset", "session");
    }
    /* A process of the container must not trace this one, read its memory or use its fds between joining and exec. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return fault_errno(fault, "reset", "dumpable");
    }
    if (syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, NULL) < 0 && errno != ENOSYS) {
        return fault_errno(fault, "reset", "keyring");
    }
    if (reset_scheduling() != 0 || limit(RLIMIT_NOFILE, 1024, 524288) != 0) {
        return fault_errno(fault, "reset", "limits");
    }
    umask(0); /* modes of nodes and folders are exact; the program's umask is set at the end */
    return 0;
}

static const struct plan_op *find(const struct plan *plan, enum plan_tag tag) {
    for (uint32_t i = 0; i < plan->op_count; i++) {
        if (plan->ops[i].spec->tag == tag) {
            return &plan->ops[i];
        }
    }
    return NULL;
}

/* By no magic link: /proc/N/root and /proc/N/fd lead out of the container for whoever is still as mighty as we are here, and an
 * image may name them. What is missing is made. */
static int enter_folder(const char *path, struct fault *fault) {
    char inside[PATH_MAX];
    OWN_FD root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    OWN_FD folder = root < 0 ? -1 : target_make(root, path, TARGET_FOLDER);
    if (folder < 0 || fchdir(folder) != 0) {
        return fault_errno(fault, "cwd", path);
    }
    /* The kernel says "(unreachable)..." for a folder that is not below our root. */
    if (syscall(SYS_getcwd, inside, sizeof inside) < 0 || inside[0] != '/') {
        return fault_set(fault, EXDEV, "cwd", path);
    }
    return 0;
}
/* What the plan says in phase C and can be done at once, in its order. */
static int run_simple(const struct plan_op *op, struct fault *fault) {
    switch (op->spec->tag) {
    case OP_RLIMIT:
        return limit((int)op_number(op, 0), (rlim_t)op_number(op, 1), (rlim_t)op_number(op, 2)) != 0
                   ? fault_errno(fault, "rlimit", "")
                   : 0;
    case OP_CWD:
        return enter_folder(op_text(op, 0), fault);
    default:
        return 0;
    }
}

int terminal_use(int tty, struct fault *fault) {
    if (tty < 0) {
        return 0;
    }
    if (ioctl(tty, TIOCSCTTY, 0) != 0 || dup2(tty, 0) < 0 || dup2(tty, 1) < 0 || dup2(tty, 2) < 0) {
        return fault_errno(fault, "console", "stdio");
    }
    return 0;
}

/* The program may open /dev/stdout again by name, which needs it to own the pipe or terminal behind it. */
int streams_give(int tty, int64_t uid, struct fault *fault) {
    for (int fd = 0; fd <= 2; fd++) {
        struct stat status;
        if (fstat(fd, &status) != 0) {
            return fault_errno(fault, "ids", "stdio");
        }
        bool ours = S_ISFIFO(status.st_mode) || isatty(fd) == 1;
        if (ours && fchown(fd, (uid_t)uid, (gid_t)-1) != 0) {
            return fault_errno(fault, "ids", "stdio");
        }
    }
    return tty >= 0 && fchown(tty, (uid_t)uid, (gid_t)-1) != 0 ? fault_errno(fault, "ids", "terminal") : 0;
}

/* Raw calls: the C library's would signal the monitor's other threads, which this copy of the process does not have. */
static int set_ids(const struct plan_op *op, bool mapped, struct fault *fault) {
    if (op == NULL) {
        return 0;
    }
    uint32_t count = op->values[2].count;
    OWN_MEM gid_t *groups = calloc((size_t)count + 1, sizeof *groups);
    if (groups == NULL) {
        return fault_set(fault, ENOMEM, "ids", "");
    }
    for (uint32_t i = 0; i < count; i++) {
        groups[i] = (gid_t)op->values[2].numbers[i];
    }
    uid_t uid = (uid_t)op_number(op, 0);
    gid_t gid = (gid_t)op_number(op, 1);
    if (!mapped && streams_give(-1, uid, fault) != 0) { /* in a user namespace it was done before that was entered */
        return -1;
    }
    if (syscall(SYS_setgroups, (size_t)count, groups) != 0) {
        return fault_errno(fault, "ids", "groups");
    }
    if (syscall(SYS_setresgid, gid, gid, gid) != 0) {
        return fault_errno(fault, "ids", "gid");
    }
    return syscall(SYS_setresuid, uid, uid, uid) != 0 ? fault_errno(fault, "ids", "uid") : 0;
}

static int drop_bounding(uint64_t keep, struct fault *fault) {
    for (unsigned long cap = 0; cap < 64; cap++) {
        int has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
        if (has < 0) {
            return 0; /* past the last one that this kernel knows */
        }
        if (has == 1 && (keep >> cap & 1) == 0 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0) {
            return fault_errno(fault, "caps", "bounding");
        }
    }
    return 0;
}

static int set_capabilities(const struct plan_op *op, struct fault *fault) {
    struct capabilities now;
    if (capabilities_get(&now) != 0) {
        return fault_errno(fault, "caps", "capget");
    }
    struct capabilities wanted;
    wanted.permitted = (uint64_t)op_number(op, 2) & now.permitted;
    wanted.effective = (uint64_t)op_number(op, 1) & wanted.permitted;
    wanted.inheritable = (uint64_t)op_number(op, 3) & now.permitted;
    uint64_t ambient = (uint64_t)op_number(op, 4) & wanted.permitted & wanted.inheritable;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 || capabilities_set(&wanted) != 0) {
        return fault_errno(fault, "caps", "capset");
    }
    for (unsigned long cap = 0; cap < 64; cap++) {
        if ((ambient >> cap & 1) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) != 0) {
            return fault_errno(fault, "caps", "ambient");
        }
    }
    return 0;
}

static int install_filter(const struct plan_op *op, struct fault *fault) {
    struct sock_fprog program = {
        .len = (unsigned short)(op->values[0].length / 8),
        .filter = (struct sock_filter *)(uintptr_t)op->values[0].bytes,
    };
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (unsigned)op_number(op, 1), &program);
    return result != 0 ? fault_errno(fault, "seccomp", "") : 0;
}

/* After the change of ids only the permitted set is left (keepcaps); a filter without no_new_privs needs CAP_SYS_ADMIN. */
static int install_filter_privileged(const struct plan_op *op, struct fault *fault) {
    struct capabilities now;
    if (capabilities_get(&now) != 0) {
        return fault_errno(fault, "seccomp", "capget");
    }
    now.effective = now.permitted;
    return capabilities_set(&now) != 0 ? fault_errno(fault, "seccomp", "capset") : install_filter(op, fault);
}

/* The kernel takes the profile at the next exec, and only from a file that was opened with the credentials of now. */
static int set_profile(const struct process *process, struct fault *fault) {
    const struct plan_op *op = find(process->plan, OP_APPARMOR);
    if (op == NULL) {
        return 0;
    }
    char text[1040];
    snprintf(text, sizeof text, "exec %s", op_text(op, 0));
    /* The module's own file, since the common one may be another module's. Kernels before 5.8 have only that. */
    OWN_FD attribute = openat(process->proc, "thread-self/attr/apparmor/exec", O_WRONLY | O_CLOEXEC);
    if (attribute < 0 && errno == ENOENT) {
        attribute = openat(process->proc, "thread-self/attr/exec", O_WRONLY | O_CLOEXEC);
    }
    return attribute < 0 || write_all(attribute, text, strlen(text)) != 0 ? fault_errno(fault, "apparmor", op_text(op, 0)) : 0;
}

static int become(const struct process *process, struct fault *fault) {
    const struct plan *plan = process->plan;
    const struct plan_op *caps = find(plan, OP_CAPS);
    const struct plan_op *filter = find(plan, OP_SECCOMP);
    bool no_new_privs = find(plan, OP_NO_NEW_PRIVS) != NULL;
    if (caps != NULL && drop_bounding((uint64_t)op_number(caps, 0), fault) != 0) {
        return -1;
    }
    if ((caps != NULL || filter != NULL) && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) {
        return fault_errno(fault, "caps", "keepcaps");
    }
    if (set_ids(find(plan, OP_IDS), plan->user != NULL, fault) != 0) {
        return -1;
    }
    if (set_profile(process, fault) != 0) {
        return -1;
    }
    if (filter != NULL && !no_new_privs && install_filter_privileged(filter, fault) != 0) {
        return -1;
    }
    if (caps != NULL && set_capabilities(caps, fault) != 0) {
        return -1;
    }
    if (no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return fault_errno(fault, "no_new_privs", "");
    }
    return filter != NULL && no_new_privs ? install_filter(filter, fault) : 0;
}

/* Of the container's own programs, so with no more rights than its first one. */
static int prepare_start_hook(const void *context, struct fault *fault) {
    return become(context, fault);
}

/* An exec runs none of them: it has arguments of its own. */
static int run_start_hooks(const struct process *process, struct fault *fault) {
    struct hook_setting setting = {.stage = "startContainer", .prepare = prepare_start_hook, .context = process};
    for (uint32_t i = 0; process->arguments == NULL && i < process->plan->op_count; i++) {
        const struct plan_op *op = &process->plan->ops[i];
        if (op->spec->tag == OP_START_HOOK && hook_run(op, &setting, fault) != 0) {
            fault->op = (int)i;
            return -1;
        }
    }
    return 0;
}

int process_exec(const struct process *process, struct fault *fault) {
    const struct plan *plan = process->plan;
    OWN_ARENA arena = {0};
    struct program program;
    for (uint32_t i = 0; i < plan->op_count; i++) {
        if (plan->ops[i].spec->phase == PHASE_CONTAINER && run_simple(&plan->ops[i], fault) != 0) {
            fault->op = (int)i;
            return -1;
        }
    }
    if (program_gather(plan, process->arguments, process->environment, &arena, &program, fault) != 0 ||
        run_start_hooks(process, fault) != 0 || terminal_use(process->tty, fault) != 0) {
        return -1;
    }
    const struct plan_op *mask = find(plan, OP_UMASK);
    umask(mask != NULL ? (mode_t)op_number(mask, 0) : 022);
    if (sys_close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0) {
        return fault_errno(fault, "exec", "close_range");
    }
    if (report_send(process->report, REPORT_READY, 0, -1) != 0) {
        return fault_errno(fault, "exec", "report");
    }
    if (become(process, fault) != 0) {
        return -1;
    }
    return program_exec(&program, fault);
}
