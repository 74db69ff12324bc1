#include "userns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "own.h"
#include "sys.h"

/* Lives until the other end of its pipe is closed: by us when its namespaces are held, or by the kernel if we die. */
static _Noreturn void hold_namespaces(int pipe_end, int other_end) {
    char byte;
    close(other_end);
    while (read(pipe_end, &byte, 1) < 0 && errno == EINTR) {
    }
    _exit(0);
}

static int write_map(pid_t holder, const char *file, int64_t first, int64_t count, struct fault *fault) {
    char path[64];
    char text[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)holder, file);
    snprintf(text, sizeof text, "0 %lld %lld\n", (long long)first, (long long)count);
    return write_file_at(AT_FDCWD, path, text) != 0 ? fault_errno(fault, "userns", file) : 0;
}

static int open_namespace(pid_t holder, const char *name, struct fault *fault) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)holder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? fault_errno(fault, "userns", path) : fd;
}

static int join_one(pid_t holder, const char *name, int kind, int64_t owned, struct fault *fault) {
    if ((owned & kind) == 0) {
        return 0;
    }
    OWN_FD fd = open_namespace(holder, name, fault);
    if (fd < 0) {
        return -1;
    }
    return setns(fd, kind) != 0 ? fault_errno(fault, "userns", name) : 0;
}

static int take_over(pid_t holder, const struct user_mapping *mapping, int64_t owned, int *user, struct fault *fault) {
    if (write_map(holder, "uid_map", mapping->uid, mapping->count, fault) != 0 ||
        write_map(holder, "gid_map", mapping->gid, mapping->count, fault) != 0 ||
        join_one(holder, "net", CLONE_NEWNET, owned, fault) != 0 || join_one(holder, "ipc", CLONE_NEWIPC, owned, fault) != 0 ||
        join_one(holder, "uts", CLONE_NEWUTS, owned, fault) != 0) {
        return -1;
    }
    *user = open_namespace(holder, "user", fault);
    return *user < 0 ? -1 : 0;
}

int userns_make(const struct user_mapping *mapping, int64_t owned, int *user, struct fault *fault) {
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) != 0) {
        return fault_errno(fault, "userns", "pipe");
    }
    OWN_FD theirs = pair[0];
    OWN_FD ours = pair[1];
    OWN_FD pidfd = -1;
    /* In one call the user namespace comes first, so that it owns the others. */
    struct clone_request request = {.flags = CLONE_NEWUSER | (uint64_t)owned, .cgroup = -1};
    pid_t holder = sys_clone(&request, &pidfd);
    if (holder == 0) {
        hold_namespaces(theirs, ours);
    }
    if (holder < 0) {
        return fault_errno(fault, "userns", "clone");
    }
    int result = take_over(holder, mapping, owned, user, fault);
    int code;
    own_close(&ours);
    sys_wait_pidfd(pidfd, &code);
    return result;
}

int userns_create_as(int64_t uid, int64_t gid, struct fault *fault) {
    /* Without this bit the change of the file system's uid takes away what lets us write where the pod's root may not. */
    if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) != 0) {
        return fault_errno(fault, "userns", "securebits");
    }
    (void)setfsgid((gid_t)gid);
    (void)setfsuid((uid_t)uid);
    /* These calls tell no error: the present value is what a wrong one leaves. */
    if (setfsgid((gid_t)-1) != (int)gid || setfsuid((uid_t)-1) != (int)uid) {
        return fault_set(fault, EPERM, "userns", "setfsuid");
    }
    return 0;
}

static int become_root(struct fault *fault) {
    /* Raw calls: the C library's would signal threads that this copy of the monitor does not have. */
    if (syscall(SYS_setgroups, (size_t)0, NULL) != 0 || syscall(SYS_setresgid, 0, 0, 0) != 0 || syscall(SYS_setresuid, 0, 0, 0) != 0) {
        return fault_errno(fault, "userns", "ids");
    }
    return 0;
}

int userns_enter(int fd, struct fault *fault) {
    return setns(fd, CLONE_NEWUSER) != 0 ? fault_errno(fault, "userns", "setns") : become_root(fault);
}

int userns_enter_mounts(int fd, struct fault *fault) {
    if (setns(fd, CLONE_NEWUSER) != 0) {
        return fault_errno(fault, "userns", "setns");
    }
    return unshare(CLONE_NEWNS) != 0 ? fault_errno(fault, "userns", "unshare") : become_root(fault);
}
