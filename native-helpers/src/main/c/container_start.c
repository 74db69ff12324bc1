/* The birth of a container. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "container_child.h"
#include "monitor.h"
#include "own.h"
#include "report.h"

#define OF(type, member, pointer) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

static void start_failed(struct container *container, int code) {
    struct asker asker = container->starter;
    if (container_is_held(container)) {
        container_hold_fails(container, ECHILD); /* killed from outside */
    }
    struct fault fault = container->fault;
    if (fault.stage[0] == '\0') {
        char what[64];
        snprintf(what, sizeof what, "the process ended with code %d before its program ran", code);
        fault_set(&fault, ECHILD, "start", what);
    }
    container_free(container);
    answer_error(&asker, &fault);
    shutdown_check();
}

static void on_log_progress(struct watch *watch, uint32_t events) {
    (void)watch;
    (void)events;
    containers_log_progress();
}

static int open_logs(void) {
    static struct watch progress = {.fd = -1, .ready = on_log_progress};
    int fd;
    if (logs_open(&fd) != 0) {
        return -1;
    }
    return progress.fd < 0 ? loop_watch(&progress, fd, EPOLLIN) : 0;
}

/* Without a thread or memory for the log, the output has no reader and its writer gets SIGPIPE: so the start fails instead. */
static int give_log(struct container *container) {
    bool terminal = container->tty >= 0;
    int output = terminal ? container->tty : container->output;
    if (terminal && (container->input = fcntl(container->tty, F_DUPFD_CLOEXEC, 3)) < 0) {
        return -1;
    }
    container->has_terminal = terminal;
    container->log = log_open(container->log_path, output, terminal ? -1 : container->errors);
    if (container->log == NULL) {
        return -1;
    }
    container->tty = container->output = container->errors = -1;
    return 0;
}

static void start_succeeded(struct container *container) {
    container->state = CONTAINER_RUNNING;
    container->started_ns = clock_epoch_ns();
    if (container->starter.connection != NULL) {
        struct buffer *queued = &container->starter.connection->channel.queued;
        size_t mark = frame_begin(queued, START, container->starter.request);
        put_number(queued, 1, container->pid);
        put_number(queued, 2, container->start_ticks);
        put_number(queued, 3, container->started_ns);
        frame_end(queued, mark);
        connection_flush(container->starter.connection);
    }
    container->starter.connection = NULL;
}

/* The child stays as the parent of the container, whose first process this is. */
static void runs_under_keeper(struct container *container, pid_t pid, int *pidfd) {
    container->keeper = container->pidfd;
    container->pidfd = own_give(pidfd);
    container->pid = pid;
    container->start_ticks = process_start_ticks(pid);
    container->ready = true;
}

/* Reads the child's reports. True at their end, which is what a successful exec looks like. */
static bool read_reports(struct container *container) {
    for (;;) {
        struct report report;
        int fd;
        ssize_t count = sys_receive_fd(container->report, &report, sizeof report, &fd);
        if (count < 0 && errno == EAGAIN) {
            return false;
        }
        if (count != (ssize_t)sizeof report) {
            own_close(&fd);
            return true;
        }
        if (report.type == REPORT_FAULT && container->fault.stage[0] == '\0') {
            container->fault = report.fault;
        } else if (report.type == REPORT_READY) {
            container->ready = true;
        } else if (report.type == REPORT_KEEPS) {
            container->keeps = true;
        } else if ((report.type == REPORT_RUNNING || report.type == REPORT_RELAYED) && fd >= 0 && container->keeper < 0) {
            runs_under_keeper(container, report.kind, &fd);
            container->relays = report.type == REPORT_RELAYED;
        } else if (report.type == REPORT_TTY && container->tty < 0) {
            container->tty = own_give(&fd);
        } else if (report.type == REPORT_HELD && !container_is_held(container)) {
            container_held(container, &report.fault, report.kind);
        }
        own_close(&fd);
    }
}

static void on_report(struct watch *watch, uint32_t events) {
    struct container *container = OF(struct container, report_watch, watch);
    (void)events;
    bool over = read_reports(container);
    if (!over && container->keeper < 0) {
        return;
    }
    loop_unwatch(watch);
    if (container->keeper < 0) {
        own_close(&container->report);
    } else if (container->state != CONTAINER_STARTING) {
        return;
    }
    if (!container->ready || container->fault.stage[0] != '\0') {
        return; /* its exit is near and ends the start */
    }
    if (give_log(container) != 0) {
        fault_errno(&container->fault, "log", container->id);
        container_signal(container, SIGKILL);
        return;
    }
    start_succeeded(container);
}

void container_look(struct container *container) {
    if (container->state == CONTAINER_STARTING && container->report >= 0) {
        on_report(&container->report_watch, 0);
    }
}

static void on_exit_ready(struct watch *watch, uint32_t events) {
    struct container *container = OF(struct container, exit_watch, watch);
    (void)events;
    if (container->report >= 0) {
        on_report(&container->report_watch, 0);
    }
    int code = 255;
    if (sys_wait_pidfd(container->keeper >= 0 ? container->keeper : container->pidfd, &code) != 0) {
        code = 255;
    }
    loop_unwatch(watch);
    own_close(&container->pidfd);
    own_close(&container->keeper);
    own_close(&container->report);
    if (container->state == CONTAINER_STARTING) {
        start_failed(container, code);
    } else {
        container_ended(container, code);
    }
}

/* The fds of a start, of which the child takes its ends and the container keeps the others. */
struct start_pipes {
    int output[2], errors[2], input[2], report[2];
};

static void close_pair(int pair[2]) {
    own_close(&pair[0]);
    own_close(&pair[1]);
}

static void close_pipes(struct start_pipes *pipes) {
    close_pair(pipes->output);
    close_pair(pipes->errors);
    close_pair(pipes->input);
    close_pair(pipes->report);
}

static int open_pipes(struct start_pipes *pipes, int64_t flags) {
    *pipes = (struct start_pipes){{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    bool terminal = (flags & STDIO_TTY) != 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pipes->report) != 0) {
        return -1;
    }
    if (!terminal && (pipe2(pipes->output, O_CLOEXEC) != 0 || pipe2(pipes->errors, O_CLOEXEC) != 0)) {
        return -1;
    }
    return !terminal && (flags & STDIN_OPEN) != 0 && pipe2(pipes->input, O_CLOEXEC) != 0 ? -1 : 0;
}

static int pid_namespace(const struct start_request *request, int *pidns, struct fault *fault) {
    *pidns = -1;
    if (request->pid_mode == PID_POD && monitor.init_pidfd < 0) {
        return fault_set(fault, ESRCH, "start", "the pod has no pid namespace of its own, or its init has ended");
    }
    if (request->pid_mode == PID_POD) {
        *pidns = fcntl(monitor.init_pidfd, F_DUPFD_CLOEXEC, 3);
    } else if (request->pid_mode == PID_TARGET) {
        *pidns = pidfd_open((pid_t)request->target, 0);
    } else {
        return 0;
    }
    return *pidns < 0 ? fault_errno(fault, "start", "pid namespace") : 0;
}

static struct container *container_new(const struct start_request *request, const struct asker *asker) {
    struct container *container = calloc(1, sizeof *container);
    char *log_path = request->log != NULL ? strdup(request->log) : NULL;
    if (container == NULL || (request->log != NULL && log_path == NULL)) {
        free(container);
        free(log_path);
        return NULL;
    }
    container->log_path = log_path;
    strcpy(container->id, request->id); /* at most ID_BYTES, checked when the request was read */
    container->pidfd = container->keeper = container->report = container->output = container->errors = container->tty = container->input = -1;
    container->exit_watch = (struct watch){.fd = -1, .ready = on_exit_ready};
    container->report_watch = (struct watch){.fd = -1, .ready = on_report};
    container->starter = *asker;
    container->next = monitor.containers;
    monitor.containers = container;
    return container;
}

static int check_start(const struct start_request *request, struct fault *fault) {
    size_t count = 0;
    size_t folder = strlen(monitor.run_folder);
    for (struct container *container = monitor.containers; container != NULL; container = container->next) {
        count++;
    }
    if (!monitor.set_up) {
        return fault_set(fault, EINVAL, "start", "the pod is not set up");
    }
    if (container_find(request->id) != NULL || count >= CONTAINERS_MAX) {
        return fault_set(fault, count >= CONTAINERS_MAX ? ENOSPC : EEXIST, "start", request->id);
    }
    if (strncmp(request->plan, monitor.run_folder, folder) != 0 || request->plan[folder] != '/' || strstr(request->plan, "/../") != NULL) {
        return fault_set(fault, EINVAL, "start", "the plan is not below the run folder");
    }
    return 0;
}

static int clone_child(struct container *container, const struct start_request *request, struct start_pipes *pipes, struct fault *fault) {
    OWN_FD pidns = -1;
    OWN_FD cgroup = -1;
    if (pid_namespace(request, &pidns, fault) != 0) {
        return -1;
    }
    if (request->cgroup != NULL && (cgroup = open(request->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        return fault_errno(fault, "cgroup", request->cgroup);
    }
    bool joins_itself;
    uint64_t flags = request->pid_mode == PID_OWN ? CLONE_NEWPID : 0;
    container->pid = monitor_clone(flags, pidns, cgroup, &container->pidfd, &joins_itself);
    if (container->pid == 0) {
        struct container_child child = {
            .plan = request->plan,
            .input = pipes->input[0],
            .output = pipes->output[1],
            .errors = pipes->errors[1],
            .report = pipes->report[1],
            .cgroup = joins_itself ? cgroup : -1,
            .terminal = (request->flags & STDIO_TTY) != 0,
        };
        container_child_run(&child);
    }
    return container->pid < 0 ? fault_errno(fault, "clone", container->id) : 0;
}

int container_start(const struct start_request *request, const struct asker *asker, struct fault *fault) {
    struct start_pipes pipes;
    if (check_start(request, fault) != 0) {
        return -1;
    }
    struct container *container = container_new(request, asker);
    if (container == NULL) {
        return fault_set(fault, ENOMEM, "start", request->id);
    }
    if (open_pipes(&pipes, request->flags) != 0 || open_logs() != 0) {
        fault_errno(fault, "start", "pipes");
    } else if (clone_child(container, request, &pipes, fault) == 0) {
        container->start_ticks = process_start_ticks(container->pid);
        container->report = own_give(&pipes.report[0]);
        container->output = own_give(&pipes.output[0]);
        container->errors = own_give(&pipes.errors[0]);
        container->input = own_give(&pipes.input[1]);
        container->stdin_once = (request->flags & STDIN_ONCE) != 0;
        fcntl(container->report, F_SETFL, O_NONBLOCK);
        close_pipes(&pipes);
        if (loop_watch(&container->report_watch, container->report, EPOLLIN) == 0 &&
            loop_watch(&container->exit_watch, container->pidfd, EPOLLIN) == 0) {
            return 0;
        }
        fault_errno(fault, "start", "watch");
        int code;
        pidfd_send_signal(container->pidfd, SIGKILL, NULL, 0);
        sys_wait_pidfd(container->pidfd, &code);
    }
    close_pipes(&pipes);
    container_free(container);
    return -1;
}
