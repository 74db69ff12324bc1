/* An exec: a fork of the monitor inside a container. Its connection carries its output and ends it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec_child.h"
#include "monitor.h"
#include "own.h"
#include "report.h"

#define OF(type, member, pointer) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))
#define OUT_BYTES 32768
#define BACKPRESSURE_BYTES ((size_t)256 << 10) /* a client that has so much to read gets no more for now */
#define REMOVE_TRIES 100
#define REMOVE_EVERY_NS (20 * NS_PER_MS)

struct exec_stream {
    struct watch watch;
    struct exec *exec;
    int fd; /* -1: ended */
    int64_t left; /* bytes that may still be sent; more are drained */
};

struct exec {
    struct exec *next;
    struct asker asker;
    pid_t pid;
    int pidfd;
    int report, stdin_writer;
    bool ready, started, ended, done;
    int exit_code;
    int64_t drain_ns;
    struct fault fault;
    struct exec_stream streams[2];
    struct watch exit_watch, report_watch;
    struct timer timer; /* first the drain, then the removal of the cgroup */
    char *cgroup;       /* its own folder, NULL: none */
    int remove_tries;
};

static void exec_free(struct exec *exec) {
    for (struct exec **at = &monitor.execs; *at != NULL; at = &(*at)->next) {
        if (*at == exec) {
            *at = exec->next;
            break;
        }
    }
    loop_untimer(&exec->timer);
    loop_unwatch(&exec->exit_watch);
    loop_unwatch(&exec->report_watch);
    own_close(&exec->pidfd);
    own_close(&exec->report);
    own_close(&exec->stdin_writer);
    for (size_t i = 0; i < 2; i++) {
        loop_unwatch(&exec->streams[i].watch);
        own_close(&exec->streams[i].fd);
    }
    free(exec->cgroup);
    free(exec);
    shutdown_check();
}

/* ---- output on its way ---- */

static bool is_backed_up(const struct exec *exec) {
    return exec->asker.connection != NULL && channel_backlog(&exec->asker.connection->channel) > BACKPRESSURE_BYTES;
}

static void send_output(struct exec_stream *stream, const char *data, size_t length) {
    struct exec *exec = stream->exec;
    struct connection *connection = exec->asker.connection;
    if ((int64_t)length > stream->left) {
        length = (size_t)stream->left;
    }
    stream->left -= (int64_t)length;
    if (length == 0 || connection == NULL) {
        return;
    }
    struct buffer *queued = &connection->channel.queued;
    size_t mark = frame_begin(queued, OUT, exec->asker.request);
    put_number(queued, 1, stream == &exec->streams[0] ? 1 : 2);
    put_bytes(queued, 2, data, length);
    frame_end(queued, mark);
    connection_flush(connection);
}

/* What the ended process left in the pipe. Not more than is there now: another holder of the pipe may write for ever. */
static void send_rest(struct exec_stream *stream) {
    char data[4096];
    int left = 0;
    if (stream->fd < 0 || ioctl(stream->fd, FIONREAD, &left) != 0) {
        return;
    }
    while (left > 0) {
        ssize_t count = read(stream->fd, data, (size_t)left < sizeof data ? (size_t)left : sizeof data);
        if (count <= 0) {
            return;
        }
        send_output(stream, data, (size_t)count);
        left -= (int)count;
    }
}

/* ---- the end ---- */

/* Kills what it forked: the cgroup where there is one, else its process group, which its first process leads. */
static void kill_all(const struct exec *exec) {
    if (exec->cgroup != NULL) {
        OWN_FD folder = open(exec->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder >= 0) {
            (void)write_file_at(folder, "cgroup.kill", "1");
        }
    }
    if (!exec->ended) {
        kill(-exec->pid, SIGKILL);
        pidfd_send_signal(exec->pidfd, SIGKILL, NULL, 0);
    }
}

/* A killed cgroup can be removed when its last process has exited, which takes a moment. */
static void on_remove(struct timer *timer) {
    struct exec *exec = OF(struct exec, timer, timer);
    if (rmdir(exec->cgroup) != 0 && errno == EBUSY && ++exec->remove_tries < REMOVE_TRIES) {
        loop_timer(timer, REMOVE_EVERY_NS);
        return;
    }
    exec_free(exec);
}

static void clean_up(struct exec *exec) {
    kill_all(exec);
    if (exec->cgroup == NULL) {
        exec_free(exec);
        return;
    }
    exec->timer.due = on_remove;
    on_remove(&exec->timer);
}

static void finish(struct exec *exec) {
    if (exec->done) {
        return;
    }
    exec->done = true;
    send_rest(&exec->streams[0]);
    send_rest(&exec->streams[1]);
    struct connection *connection = exec->asker.connection;
    if (connection != NULL) {
        struct buffer *queued = &connection->channel.queued;
        size_t mark = frame_begin(queued, DONE, exec->asker.request);
        put_number(queued, 1, exec->exit_code);
        frame_end(queued, mark);
        exec->asker.connection = NULL;
        connection_end(connection);
    }
    for (size_t i = 0; i < 2; i++) {
        loop_unwatch(&exec->streams[i].watch);
        own_close(&exec->streams[i].fd);
    }
    clean_up(exec);
}


static void on_drained(struct timer *timer) {
    finish(OF(struct exec, timer, timer));
}

static void finish_if_all_read(struct exec *exec) {
    if (exec->ended && exec->started && exec->streams[0].fd < 0 && exec->streams[1].fd < 0) {
        finish(exec);
    }
}

void exec_abandon(struct exec *exec) {
    exec->asker.connection = NULL;
    kill_all(exec);
    if (exec->ended) {
        finish(exec);
    }
}

void execs_kill(void) {
    for (struct exec *exec = monitor.execs; exec != NULL; exec = exec->next) {
        kill_all(exec);
    }
}

/* ---- output ---- */

static void on_output(struct watch *watch, uint32_t events) {
    struct exec_stream *stream = OF(struct exec_stream, watch, watch);
    (void)events;
    char data[OUT_BYTES];
    ssize_t count = read(stream->fd, data, sizeof data);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (count <= 0) {
        loop_unwatch(watch);
        own_close(&stream->fd);
        finish_if_all_read(stream->exec);
        return;
    }
    send_output(stream, data, (size_t)count);
    if (is_backed_up(stream->exec)) {
        loop_unwatch(watch);
    }
}

void exec_resume(struct exec *exec) {
    for (size_t i = 0; i < 2 && exec->started; i++) {
        struct exec_stream *stream = &exec->streams[i];
        if (stream->fd >= 0 && stream->watch.fd < 0) {
            loop_watch(&stream->watch, stream->fd, EPOLLIN);
        }
    }
}

/* ---- the start ---- */

static void started(struct exec *exec) {
    exec->started = true;
    struct connection *connection = exec->asker.connection;
    if (connection != NULL) {
        struct buffer *queued = &connection->channel.queued;
        size_t mark = frame_begin(queued, EXEC, exec->asker.request);
        put_number(queued, 1, exec->pid);
        frame_end(queued, mark);
        connection_flush(connection);
    }
    exec_resume(exec);
}

static bool read_reports(struct exec *exec) {
    for (;;) {
        struct report report;
        int fd;
        ssize_t count = sys_receive_fd(exec->report, &report, sizeof report, &fd);
        if (count < 0 && errno == EAGAIN) {
            return false;
        }
        if (count == (ssize_t)sizeof report && report.type == REPORT_TTY && exec->streams[0].fd < 0) {
            fcntl(fd, F_SETFL, O_NONBLOCK);
            exec->streams[0].fd = own_give(&fd);
        }
        own_close(&fd);
        if (count != (ssize_t)sizeof report) {
            return true;
        }
        if (report.type == REPORT_FAULT && exec->fault.stage[0] == '\0') {
            exec->fault = report.fault;
        }
        exec->ready = exec->ready || report.type == REPORT_READY;
    }
}

static void on_report(struct watch *watch, uint32_t events) {
    struct exec *exec = OF(struct exec, report_watch, watch);
    (void)events;
    if (!read_reports(exec)) {
        return;
    }
    loop_unwatch(watch);
    own_close(&exec->report);
    if (exec->ready && exec->fault.stage[0] == '\0') {
        started(exec);
    }
}

static void start_failed(struct exec *exec) {
    struct asker asker = exec->asker;
    if (exec->fault.stage[0] == '\0') {
        char what[64];
        snprintf(what, sizeof what, "the process ended with code %d before its program ran", exec->exit_code);
        fault_set(&exec->fault, ECHILD, "exec", what);
    }
    if (asker.connection != NULL) {
        asker.connection->exec = NULL;
        answer_error(&asker, &exec->fault);
        exec->asker.connection = NULL;
    }
    exec->done = true;
    clean_up(exec);
}

static void on_exit_ready(struct watch *watch, uint32_t events) {
    struct exec *exec = OF(struct exec, exit_watch, watch);
    (void)events;
    if (exec->report >= 0) {
        on_report(&exec->report_watch, 0);
    }
    exec->exit_code = 255;
    (void)sys_wait_pidfd(exec->pidfd, &exec->exit_code);
    exec->ended = true;
    loop_unwatch(watch);
    if (!exec->started) {
        start_failed(exec);
        return;
    }
    if (exec->asker.connection == NULL || (exec->streams[0].fd < 0 && exec->streams[1].fd < 0)) {
        finish(exec);
        return;
    }
    exec->timer.due = on_drained;
    loop_timer(&exec->timer, exec->drain_ns);
}

/* A cgroup of its own below the container's, so that all it forks can be killed at once. */
static int make_cgroup(struct exec *exec, const char *container_folder, int *folder, struct fault *fault) {
    static unsigned long number;
    size_t size = strlen(container_folder) + 32;
    exec->cgroup = malloc(size);
    if (exec->cgroup == NULL) {
        return fault_set(fault, ENOMEM, "cgroup", container_folder);
    }
    snprintf(exec->cgroup, size, "%s/exec-%lu", container_folder, ++number);
    if (mkdir(exec->cgroup, 0755) != 0) {
        fault_errno(fault, "cgroup", exec->cgroup);
        free(exec->cgroup);
        exec->cgroup = NULL; /* it is not ours to remove */
        return -1;
    }
    *folder = open(exec->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *folder < 0 ? fault_errno(fault, "cgroup", exec->cgroup) : 0;
}

static struct exec *exec_new(const struct exec_request *request, const struct asker *asker) {
    struct exec *exec = calloc(1, sizeof *exec);
    if (exec == NULL) {
        return NULL;
    }
    exec->asker = *asker;
    exec->drain_ns = request->drain_ms * NS_PER_MS;
    exec->pidfd = exec->report = exec->stdin_writer = -1;
    exec->exit_watch = (struct watch){.fd = -1, .ready = on_exit_ready};
    exec->report_watch = (struct watch){.fd = -1, .ready = on_report};
    for (size_t i = 0; i < 2; i++) {
        exec->streams[i] = (struct exec_stream){.watch = {.fd = -1, .ready = on_output}, .exec = exec, .fd = -1, .left = request->max_bytes};
    }
    exec->next = monitor.execs;
    monitor.execs = exec;
    return exec;
}

struct exec_pipes {
    int output, errors, input, report; /* the child's ends */
};

static int open_pipes(struct exec *exec, struct exec_pipes *pipes, int64_t flags) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return -1;
    }
    exec->report = pair[0];
    pipes->report = pair[1];
    fcntl(exec->report, F_SETFL, O_NONBLOCK);
    if ((flags & STDIN_OPEN) != 0 && (flags & STDIO_TTY) == 0) {
        if (pipe2(pair, O_CLOEXEC) != 0) {
            return -1;
        }
        pipes->input = pair[0];
        exec->stdin_writer = pair[1];
    }
    int *writers[] = {&pipes->output, &pipes->errors};
    for (size_t i = 0; i < 2 && (flags & STDIO_TTY) == 0; i++) {
        if (pipe2(pair, O_CLOEXEC) != 0) {
            return -1;
        }
        exec->streams[i].fd = pair[0];
        *writers[i] = pair[1];
        fcntl(pair[0], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

static int clone_child(struct exec *exec, const struct container *container, const struct exec_request *request,
                       const struct exec_pipes *pipes, struct fault *fault) {
    OWN_FD cgroup = -1;
    if (request->cgroup != NULL && make_cgroup(exec, request->cgroup, &cgroup, fault) != 0) {
        return -1;
    }
    bool joins_itself;
    exec->pid = monitor_clone(0, container->pidfd, cgroup, &exec->pidfd, &joins_itself);
    if (exec->pid == 0) {
        struct exec_child child = {
            .plan = request->plan,
            .arguments = request->arguments,
            .environment = request->environment,
            .container = container->pidfd,
            .input = pipes->input,
            .output = pipes->output,
            .errors = pipes->errors,
            .report = pipes->report,
            .cgroup = joins_itself ? cgroup : -1,
            .terminal = (request->flags & STDIO_TTY) != 0,
        };
        exec_child_run(&child);
    }
    return exec->pid < 0 ? fault_errno(fault, "clone", container->id) : 0;
}

int exec_start(struct container *container, const struct exec_request *request, const struct asker *asker, struct fault *fault) {
    struct exec *exec = exec_new(request, asker);
    struct exec_pipes pipes = {-1, -1, -1, -1};
    if (exec == NULL) {
        return fault_set(fault, ENOMEM, "exec", container->id);
    }
    int result;
    if (open_pipes(exec, &pipes, request->flags) != 0) {
        result = fault_errno(fault, "exec", "pipes");
    } else {
        result = clone_child(exec, container, request, &pipes, fault);
    }
    own_close(&pipes.output);
    own_close(&pipes.errors);
    own_close(&pipes.input);
    own_close(&pipes.report);
    if (result == 0 && (loop_watch(&exec->report_watch, exec->report, EPOLLIN) != 0 ||
                        loop_watch(&exec->exit_watch, exec->pidfd, EPOLLIN) != 0)) {
        result = fault_errno(fault, "exec", "watch");
        int code;
        kill_all(exec);
        sys_wait_pidfd(exec->pidfd, &code);
    }
    if (result != 0) {
        if (exec->cgroup != NULL) {
            rmdir(exec->cgroup);
        }
        exec_free(exec);
        return -1;
    }
    asker->connection->exec = exec;
    return 0;
}
