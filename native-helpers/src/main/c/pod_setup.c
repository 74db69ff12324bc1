/* SETUP: makes the pod's namespaces in a child, which hands them over by fd and ends. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"
#include "monitor.h"
#include "own.h"
#include "report.h"
#include "seed.h"

static struct {
    struct asker asker;
    int64_t namespaces;
    int pidfd, report;
    bool ready, pinned;
    struct fault fault;
    struct watch watch;
} setup;

void pod_forget_asker(const struct connection *connection) {
    if (setup.asker.connection == connection) {
        setup.asker.connection = NULL;
    }
}

void pod_remove_pin(void) {
    if (monitor.netns_pin != NULL) {
        umount2(monitor.netns_pin, MNT_DETACH);
        unlink(monitor.netns_pin);
    }
}

/* ---- in the child ---- */

static int loopback_up(struct fault *fault) {
    OWN_FD socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {.ifr_name = "lo"};
    if (socket_fd < 0 || ioctl(socket_fd, SIOCGIFFLAGS, &request) != 0) {
        return fault_errno(fault, "loopback", "lo");
    }
    request.ifr_flags |= IFF_UP;
    return ioctl(socket_fd, SIOCSIFFLAGS, &request) != 0 ? fault_errno(fault, "loopback", "lo") : 0;
}

/* The folder of pins is a shared mount of its own, as ip-netns(8) makes it. If it were not, the first use of that program would
 * cover our pins with such a mount, and no umount would reach them any more. */
static int share_pin_folder(const char *pin, struct fault *fault) {
    char folder[FIELD_PATH_BYTES];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(pin, '/') - pin), pin);
    if (mkdir(folder, 0755) != 0 && errno != EEXIST) {
        return fault_errno(fault, "pin", folder);
    }
    OWN_FD lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) { /* other monitors do the same */
        return fault_errno(fault, "pin", folder);
    }
    if (mount(NULL, folder, NULL, MS_SHARED | MS_REC, NULL) == 0) {
        return 0;
    }
    if (errno != EINVAL || mount(folder, folder, NULL, MS_BIND | MS_REC, NULL) != 0 ||
        mount(NULL, folder, NULL, MS_SHARED | MS_REC, NULL) != 0) {
        return fault_errno(fault, "pin", folder);
    }
    return 0;
}

static int pin_netns(const char *pin, struct fault *fault) {
    if (share_pin_folder(pin, fault) != 0) {
        return -1;
    }
    OWN_FD file = open(pin, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (file < 0) {
        return fault_errno(fault, "pin", pin);
    }
    if (mount("/proc/self/ns/net", pin, NULL, MS_BIND, NULL) != 0) {
        fault_errno(fault, "pin", pin);
        unlink(pin);
        return -1;
    }
    return 0;
}

static int set_sysctls(char **settings, struct fault *fault) {
    OWN_FD proc = settings[0] != NULL ? proc_private(fault) : -1;
    if (settings[0] != NULL && proc < 0) {
        return -1;
    }
    for (; *settings != NULL; settings++) {
        char *equals = strchr(*settings, '=');
        if (equals == NULL || equals - *settings > 256) {
            return fault_set(fault, EINVAL, "sysctl", *settings);
        }
        *equals = '\0';
        if (sysctl_write(proc, *settings, equals + 1, fault) != 0) {
            return -1;
        }
    }
    return 0;
}

static int hand_over(int report, const char *path, int kind, struct fault *fault) {
    OWN_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 || report_send(report, REPORT_NAMESPACE, kind, fd) != 0 ? fault_errno(fault, "namespace", path) : 0;
}

static int hand_over_if(int64_t made, int report, const char *path, int kind, struct fault *fault) {
    return (made & kind) != 0 ? hand_over(report, path, kind, fault) : 0;
}

static int make_owned(const struct setup_request *request, int64_t made, int report, struct fault *fault) {
    OWN_FD user = -1;
    if (userns_make(&request->user, made, &user, fault) != 0) {
        return -1;
    }
    return report_send(report, REPORT_NAMESPACE, CLONE_NEWUSER, user) != 0 ? fault_errno(fault, "userns", "report") : 0;
}

static int make_namespaces(const struct setup_request *request, int report, struct fault *fault) {
    int64_t made = request->namespaces & ~(int64_t)CLONE_NEWPID;
    if (request->user.count > 0 ? make_owned(request, made, report, fault) != 0 : unshare((int)made) != 0) {
        return request->user.count > 0 ? -1 : fault_errno(fault, "namespace", "unshare");
    }
    if ((made & CLONE_NEWNET) != 0 && loopback_up(fault) != 0) {
        return -1;
    }
    if (request->hostname != NULL && sethostname(request->hostname, strlen(request->hostname)) != 0) {
        return fault_errno(fault, "hostname", request->hostname);
    }
    if (set_sysctls(request->sysctls, fault) != 0 ||
        hand_over_if(made, report, "/proc/self/ns/net", CLONE_NEWNET, fault) != 0 ||
        hand_over_if(made, report, "/proc/self/ns/ipc", CLONE_NEWIPC, fault) != 0 ||
        hand_over_if(made, report, "/proc/self/ns/uts", CLONE_NEWUTS, fault) != 0) {
        return -1;
    }
    OWN_FD self = open("/proc/self/ns", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self < 0) {
        return fault_errno(fault, "namespace", "/proc/self/ns");
    }
    /* In a child of its own namespace the pin would not be seen: so before the seed, and after all that may fail without it. */
    if (request->netns_pin != NULL && pin_netns(request->netns_pin, fault) != 0) {
        return -1;
    }
    if (request->netns_pin != NULL && report_send(report, REPORT_PINNED, 0, -1) != 0) {
        return fault_errno(fault, "pin", "report");
    }
    if (seed_make(monitor.run_folder, request->shm_bytes, &request->user, fault) != 0) {
        return -1;
    }
    OWN_FD seed = openat(self, "mnt", O_RDONLY | O_CLOEXEC);
    return seed < 0 || report_send(report, REPORT_NAMESPACE, CLONE_NEWNS, seed) != 0 ? fault_errno(fault, "namespace", "mnt") : 0;
}

static _Noreturn void run_child(const struct setup_request *request, int report) {
    struct fault fault = {.op = -1};
    child_keep_only(&report, 1);
    umask(0);
    if (make_namespaces(request, report, &fault) != 0) {
        report_fault(report, &fault);
        _exit(1);
    }
    report_send(report, REPORT_READY, 0, -1);
    _exit(0);
}

/* ---- in the monitor ---- */

static void forget_pin(void) {
    free(monitor.netns_pin);
    monitor.netns_pin = NULL;
}

static void close_namespaces(void) {
    own_close(&monitor.pod.net);
    own_close(&monitor.pod.ipc);
    own_close(&monitor.pod.uts);
    own_close(&monitor.pod.user);
    own_close(&monitor.pod.seed);
}

static void on_init_ended(struct watch *watch, uint32_t events) {
    int code;
    (void)events;
    sys_wait_pidfd(monitor.init_pidfd, &code);
    loop_unwatch(watch);
    own_close(&monitor.init_pidfd);
    monitor.init_pid = 0; /* its namespace's processes were killed with it: no container can join any more */
    shutdown_check();
}

static int start_init(struct fault *fault) {
    static struct watch watch = {.fd = -1, .ready = on_init_ended};
    bool joins_itself;
    pid_t pid = monitor_clone(CLONE_NEWPID, -1, -1, &monitor.init_pidfd, &joins_itself);
    if (pid == 0) {
        init_run();
    }
    if (pid < 0 || loop_watch(&watch, monitor.init_pidfd, EPOLLIN) != 0) {
        return fault_errno(fault, "init", "");
    }
    monitor.init_pid = pid;
    return 0;
}

static void keep_namespace(int kind, int *fd) {
    int *slot = kind == CLONE_NEWNET   ? &monitor.pod.net
                : kind == CLONE_NEWIPC ? &monitor.pod.ipc
                : kind == CLONE_NEWUTS ? &monitor.pod.uts
                : kind == CLONE_NEWNS  ? &monitor.pod.seed
                : kind == CLONE_NEWUSER ? &monitor.pod.user
                                        : NULL;
    if (slot != NULL && *slot < 0) {
        *slot = own_give(fd);
    }
}

static bool read_reports(void) {
    for (;;) {
        struct report report;
        int fd;
        ssize_t count = sys_receive_fd(setup.report, &report, sizeof report, &fd);
        if (count < 0 && errno == EAGAIN) {
            return false;
        }
        if (count != (ssize_t)sizeof report) {
            own_close(&fd);
            return true;
        }
        if (report.type == REPORT_FAULT) {
            setup.fault = report.fault;
        } else if (report.type == REPORT_NAMESPACE) {
            keep_namespace(report.kind, &fd);
        }
        setup.pinned = setup.pinned || report.type == REPORT_PINNED;
        setup.ready = setup.ready || report.type == REPORT_READY;
        own_close(&fd);
    }
}

static void answer(void) {
    struct connection *connection = setup.asker.connection;
    if (connection != NULL) {
        struct buffer *queued = &connection->channel.queued;
        size_t mark = frame_begin(queued, SETUP, setup.asker.request);
        put_number(queued, 1, monitor.init_pid);
        frame_end(queued, mark);
        connection_flush(connection);
    }
}

static void on_report(struct watch *watch, uint32_t events) {
    (void)events;
    if (!read_reports()) {
        return;
    }
    int code;
    loop_unwatch(watch);
    own_close(&setup.report);
    sys_wait_pidfd(setup.pidfd, &code);
    own_close(&setup.pidfd);
    monitor.setting_up = false;
    if (!setup.ready && setup.fault.stage[0] == '\0') {
        fault_set(&setup.fault, ECHILD, "setup", "the helper was killed");
    }
    if (setup.ready && (setup.namespaces & CLONE_NEWPID) != 0 && start_init(&setup.fault) != 0) {
        setup.ready = false;
    }
    if (!setup.ready) {
        /* A pin that was there before is somebody else's, and must not go with ours. */
        if (setup.pinned) {
            pod_remove_pin();
        }
        forget_pin();
        close_namespaces();
        answer_error(&setup.asker, &setup.fault);
    } else {
        monitor.set_up = true;
        answer();
    }
    setup.asker.connection = NULL;
    shutdown_check();
}

int pod_setup(const struct setup_request *request, const struct asker *asker, struct fault *fault) {
    int pair[2];
    if (monitor.set_up || monitor.setting_up) {
        return fault_set(fault, EALREADY, "setup", monitor.pod_id);
    }
    if (request->netns_pin != NULL && (monitor.netns_pin = strdup(request->netns_pin)) == NULL) {
        return fault_set(fault, ENOMEM, "setup", monitor.pod_id);
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        fault_errno(fault, "setup", "socketpair");
        forget_pin();
        return -1;
    }
    OWN_FD ours = pair[0];
    OWN_FD theirs = pair[1];
    bool joins_itself;
    OWN_FD pidfd = -1;
    pid_t pid = monitor_clone(0, -1, -1, &pidfd, &joins_itself);
    if (pid == 0) {
        run_child(request, theirs);
    }
    fcntl(ours, F_SETFL, O_NONBLOCK);
    memset(&setup, 0, sizeof setup);
    setup.watch = (struct watch){.fd = -1, .ready = on_report};
    if (pid < 0 || loop_watch(&setup.watch, ours, EPOLLIN) != 0) {
        fault_errno(fault, "setup", "clone");
        forget_pin();
        return -1;
    }
    monitor.setting_up = true;
    setup.asker = *asker;
    setup.namespaces = request->namespaces;
    setup.pidfd = own_give(&pidfd);
    setup.report = own_give(&ours);
    return 0;
}
