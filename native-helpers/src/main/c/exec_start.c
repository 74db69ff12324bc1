/* The birth of an exec. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exec.h"
#include "exec_child.h"
#include "own.h"

static struct exec *exec_new(const struct exec_request *request, const struct asker *asker) {
    struct exec *exec = calloc(1, sizeof *exec);
    if (exec == NULL) {
        return NULL;
    }
    exec->asker = *asker;
    exec->session = monitor_session();
    exec->drain_ns = request->drain_ms * NS_PER_MS;
    exec->streamed = request->streamed;
    exec->pidfd = exec->report = -1;
    exec->exit_watch = (struct watch){.fd = -1, .ready = exec_on_exit};
    exec->report_watch = (struct watch){.fd = -1, .ready = exec_on_report};
    for (size_t i = 0; i < 2; i++) {
        exec->outputs[i] = (struct exec_output){.watch = {.fd = -1, .ready = exec_output_ready}, .exec = exec, .fd = -1, .left = request->max_bytes};
    }
    exec_streams_init(exec, request->streams);
    exec->next = monitor.execs;
    monitor.execs = exec;
    return exec;
}

struct exec_pipes {
    int stdio[3], report; /* the child's ends */
};

static int open_pipes(struct exec *exec, struct exec_pipes *pipes, int64_t flags) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return -1;
    }
    exec->report = pair[0];
    pipes->report = pair[1];
    fcntl(exec->report, F_SETFL, O_NONBLOCK);
    if (exec->streamed) {
        return exec_streams_pipes(exec, flags, pipes->stdio);
    }
    for (size_t i = 0; i < 2 && (flags & STDIO_TTY) == 0; i++) {
        if (pipe2(pair, O_CLOEXEC) != 0) {
            return -1;
        }
        exec->outputs[i].fd = pair[0];
        pipes->stdio[i + 1] = pair[1];
        fcntl(pair[0], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

static int clone_child(struct exec *exec, const struct container *container, const struct exec_request *request,
                       const struct exec_pipes *pipes, struct fault *fault) {
    OWN_FD cgroup = -1;
    const char *parent = request->cgroup != NULL ? request->cgroup : request->v1_folder;
    if (parent != NULL && exec_cgroup_make(&exec->cgroup, parent, request->cgroup == NULL, fault) != 0) {
        return -1;
    }
    if (request->cgroup != NULL && (cgroup = open(exec->cgroup.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        return fault_errno(fault, "cgroup", exec->cgroup.folder);
    }
    bool joins_itself;
    /* A runtime's own command is to run, and that belongs outside. */
    exec->kept = container->relays;
    exec->pid = monitor_clone(0, container->relays ? -1 : container->pidfd, cgroup, &exec->pidfd, &joins_itself);
    if (exec->pid == 0) {
        struct exec_child child = {
            .plan = request->plan,
            .arguments = request->arguments,
            .environment = request->environment,
            .container = container->pidfd,
            .input = pipes->stdio[0],
            .output = pipes->stdio[1],
            .errors = pipes->stdio[2],
            .report = pipes->report,
            .cgroup = joins_itself ? cgroup : -1,
            .v1_folder = exec->cgroup.is_v1 ? exec->cgroup.folder : NULL,
            .terminal = (request->flags & STDIO_TTY) != 0,
            .columns = request->columns,
            .rows = request->rows,
        };
        exec_child_run(&child);
    }
    return exec->pid < 0 ? fault_errno(fault, "clone", container->id) : 0;
}

static void kill_child(struct exec *exec) {
    int code;
    exec_cgroup_kill(&exec->cgroup);
    pidfd_send_signal(exec->pidfd, SIGKILL, NULL, 0);
    sys_wait_pidfd(exec->pidfd, &code);
}

int exec_start(struct container *container, const struct exec_request *request, const struct asker *asker, struct fault *fault) {
    struct exec *exec = exec_new(request, asker);
    struct exec_pipes pipes = {{-1, -1, -1}, -1};
    if (exec == NULL) {
        return fault_set(fault, ENOMEM, "exec", container->id);
    }
    int result;
    if (open_pipes(exec, &pipes, request->flags) != 0) {
        result = fault_errno(fault, "exec", "pipes");
    } else {
        result = clone_child(exec, container, request, &pipes, fault);
    }
    for (size_t i = 0; i < 3; i++) {
        own_close(&pipes.stdio[i]);
    }
    own_close(&pipes.report);
    if (result == 0 && (loop_watch(&exec->report_watch, exec->report, EPOLLIN) != 0 ||
                        loop_watch(&exec->exit_watch, exec->pidfd, EPOLLIN) != 0)) {
        result = fault_errno(fault, "exec", "watch");
        kill_child(exec);
    }
    if (result != 0) {
        (void)exec_cgroup_remove(&exec->cgroup);
        exec_free(exec);
        return -1;
    }
    asker->connection->exec = exec;
    return 0;
}
