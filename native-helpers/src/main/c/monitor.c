/* `crij-pod monitor POD FOLDER READY-FD`: parent and reaper of all of a pod's processes, keeper of its namespaces. */
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "own.h"
#include "report.h"

#define DESCRIPTORS 65536
#define BREATH_NS (100 * NS_PER_MS)

struct monitor monitor = {.pod = {-1, -1, -1, -1, -1}, .own_pidns = -1, .init_pidfd = -1};

/* ---- births ---- */

static pid_t clone_once(uint64_t flags, int cgroup, int *pidfd) {
    return sys_clone(&(struct clone_request){.flags = flags, .cgroup = cgroup}, pidfd);
}

pid_t monitor_clone(uint64_t flags, int pidns, int cgroup, int *pidfd, bool *joins_itself) {
    *joins_itself = false;
    if (pidns >= 0 && setns(pidns, CLONE_NEWPID) != 0) {
        return -1;
    }
    pid_t pid = clone_once(flags, cgroup, pidfd);
    if (pid < 0 && cgroup >= 0 && errno != EAGAIN && errno != ENOMEM) {
        *joins_itself = true; /* e.g. a hierarchy that refuses births: the child writes itself into it */
        pid = clone_once(flags, -1, pidfd);
    }
    if (pid != 0 && pidns >= 0) {
        int error = errno;
        if (setns(monitor.own_pidns, CLONE_NEWPID) != 0) {
            abort(); /* every later birth would be in a foreign namespace */
        }
        errno = error;
    }
    return pid;
}

int64_t monitor_session(void) {
    return ++monitor.last_session;
}

int cgroup_join(int cgroup, struct fault *fault) {
    return write_file_at(cgroup, "cgroup.procs", "0") != 0 ? fault_errno(fault, "cgroup", "cgroup.procs") : 0;
}

void child_keep_only(const int *fds, size_t count) {
    unsigned from = 3;
    for (;;) {
        unsigned next = ~0u; /* the lowest fd to keep that is not below `from` */
        for (size_t i = 0; i < count; i++) {
            if (fds[i] >= 0 && (unsigned)fds[i] >= from && (unsigned)fds[i] < next) {
                next = (unsigned)fds[i];
            }
        }
        if (next > from) {
            sys_close_range(from, next == ~0u ? next : next - 1, 0);
        }
        if (next == ~0u) {
            return;
        }
        from = next + 1;
    }
}

/* ---- the process ---- */

static struct watch listener = {.fd = -1};

static int listening = -1;

static void on_breath(struct timer *timer) {
    if (loop_watch(&listener, listening, EPOLLIN) != 0) {
        loop_timer(timer, BREATH_NS);
    }
}

/* Whoever cannot be accepted now waits in the queue of the socket, which would call again and again. */
static void on_connect(struct watch *watch, uint32_t events) {
    static struct timer breath = {.due = on_breath};
    (void)events;
    if (!connection_accept(watch->fd)) {
        loop_unwatch(watch);
        loop_timer(&breath, BREATH_NS);
    }
}

static int socket_path(struct sockaddr_un *address) {
    address->sun_family = AF_UNIX;
    int length = snprintf(address->sun_path, sizeof address->sun_path, "%s/sock", monitor.run_folder);
    return length > 0 && (size_t)length < sizeof address->sun_path ? 0 : -1;
}

static int listen_on_socket(struct fault *fault) {
    struct sockaddr_un address = {0};
    if (socket_path(&address) != 0) {
        return fault_set(fault, ENAMETOOLONG, "listen", monitor.run_folder);
    }
    OWN_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    umask(0177);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1024) != 0) {
        return fault_errno(fault, "listen", address.sun_path);
    }
    umask(022);
    listener.ready = on_connect;
    if (loop_open() != 0 || loop_watch(&listener, fd, EPOLLIN) != 0) {
        return fault_errno(fault, "listen", "epoll");
    }
    listening = own_give(&fd);
    return 0;
}

/* A stream takes up to nine descriptors. Children get limits of their own. */
static void allow_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int settle(struct fault *fault) {
    OWN_FD null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || chdir("/") != 0) {
        return fault_errno(fault, "monitor", "stdio");
    }
    setsid(); /* fails for the leader of a group only: then it has been done */
    prctl(PR_SET_NAME, "crij-monitor");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    allow_descriptors();
    monitor.own_pidns = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    return monitor.own_pidns < 0 ? fault_errno(fault, "monitor", "/proc/self/ns/pid") : 0;
}

static void say_goodbye(void) {
    struct sockaddr_un address = {0};
    pod_remove_pin();
    socket_path(&address);
    unlink(address.sun_path);
    for (struct connection *connection = monitor.connections; connection != NULL; connection = connection->next) {
        struct timeval patience = {.tv_sec = 1};
        int fd = connection->watch.fd;
        if (connection->asked_shutdown) {
            frame_empty(&connection->channel.queued, SHUTDOWN, connection->shutdown_request);
        }
        fcntl(fd, F_SETFL, 0); /* from here on writes wait, up to the time-out */
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        channel_send(&connection->channel);
    }
}

int monitor_main(int argc, char **argv) {
    struct fault fault = {.op = -1};
    int ready = argc == 5 ? atoi(argv[4]) : -1;
    if (ready < 3 || strlen(argv[2]) > ID_BYTES) {
        return 2;
    }
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 64 * 1024); /* what one big request took goes back to the kernel */
    mallopt(M_TRIM_THRESHOLD, 64 * 1024);
    fcntl(ready, F_SETFD, FD_CLOEXEC);
    strcpy(monitor.pod_id, argv[2]);
    monitor.run_folder = argv[3];
    if (settle(&fault) != 0 || listen_on_socket(&fault) != 0) {
        report_fault(ready, &fault);
        return 1;
    }
    report_send(ready, REPORT_READY, 0, -1);
    close(ready);
    while (!monitor.done) {
        loop_step();
    }
    say_goodbye();
    return 0;
}
