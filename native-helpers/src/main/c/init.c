#include "init.h"

#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor.h"

static int join(int fd, int kind) {
    return fd < 0 ? 0 : setns(fd, kind);
}

/* Nothing of it is of use to a container that shares the namespace: no capability, and /proc/1 is not to be looked into. */
static int drop_everything(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    for (unsigned long cap = 0; cap < 64 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++) {
    }
    return syscall(SYS_capset, &header, none) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
                   prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0
               ? -1
               : 0;
}

/* After the others: its root may not join what belongs to the host. */
static int enter_user(void) {
    struct fault fault;
    return monitor.pod.user < 0 ? 0 : userns_enter(monitor.pod.user, &fault);
}

_Noreturn void init_run(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setsid();
    prctl(PR_SET_NAME, "crij-init");
    if (join(monitor.pod.net, CLONE_NEWNET) != 0 || join(monitor.pod.ipc, CLONE_NEWIPC) != 0 || join(monitor.pod.uts, CLONE_NEWUTS) != 0 ||
        setns(monitor.pod.seed, CLONE_NEWNS) != 0 || chdir("/") != 0 || enter_user() != 0 || sys_close_range(0, ~0u, 0) != 0 ||
        drop_everything() != 0) {
        _exit(1);
    }
    /* After the change of credentials, which clears it: without its monitor the pod is dead. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
        _exit(1);
    }
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    for (;;) {
        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
        siginfo_t info;
        sigwaitinfo(&child, &info);
    }
}
