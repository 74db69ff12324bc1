/* An exec's life after its start: its program runs, ends, and nothing of it is left. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "exec.h"
#include "own.h"
#include "report.h"

#define OF(type, member, pointer) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))
#define JOIN_NS (10 * NS_PER_S) /* within which a client opens the streams that it asked for */

void exec_free(struct exec *exec) {
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
    exec_output_close(exec);
    exec_streams_close(exec);
    own_free(&exec->cgroup.folder);
    free(exec);
    shutdown_check();
}

struct exec *exec_find(int64_t session) {
    struct exec *exec = monitor.execs;
    while (exec != NULL && exec->session != session) {
        exec = exec->next;
    }
    return exec;
}

/* ---- the end ---- */

/* Kills what it forked: all that is in its cgroup, or its process group where it has none. */
static void kill_all(const struct exec *exec) {
    exec_cgroup_kill(&exec->cgroup);
    if (!exec->ended) {
        kill(-exec->pid, SIGKILL);
        pidfd_send_signal(exec->pidfd, SIGKILL, NULL, 0);
    }
}

/* A cgroup can be removed when its last process has exited, which takes a moment after a kill. */
static void on_remove(struct timer *timer) {
    struct exec *exec = OF(struct exec, timer, timer);
    int64_t wait = exec_cgroup_remove(&exec->cgroup);
    if (wait == 0) {
        exec_free(exec);
    } else {
        loop_timer(timer, wait);
    }
}

static void clean_up(struct exec *exec) {
    loop_untimer(&exec->timer);
    if (!exec->cgroup.left) {
        kill_all(exec);
    }
    exec->timer.due = on_remove;
    on_remove(&exec->timer);
}

static void finish(struct exec *exec) {
    if (exec->done) {
        return;
    }
    exec->done = true;
    exec_output_rest(exec);
    struct connection *connection = exec->asker.connection;
    if (connection != NULL) {
        struct buffer *queued = &connection->channel.queued;
        size_t mark = frame_begin(queued, DONE, exec->asker.request);
        put_number(queued, 1, exec->exit_code);
        frame_end(queued, mark);
        exec->asker.connection = NULL;
        exec->cgroup.left = true;
        connection_end(connection);
    }
    exec_output_close(exec);
    exec_streams_close(exec);
    clean_up(exec);
}

static bool all_read(const struct exec *exec) {
    return exec->streamed ? exec_streams_ended(exec) : exec_output_ended(exec);
}

void exec_finish_if_all_read(struct exec *exec) {
    if (exec->ended && exec->started && !exec->busy && all_read(exec)) {
        finish(exec);
    }
}

static void on_unjoined(struct timer *timer) {
    struct exec *exec = OF(struct exec, timer, timer);
    if (!exec_streams_joined(exec) && exec->asker.connection != NULL) {
        connection_hang_up(exec->asker.connection); /* its end abandons the exec */
    }
}

static void on_drained(struct timer *timer) {
    struct exec *exec = OF(struct exec, timer, timer);
    if (!exec->streamed) {
        finish(exec);
        return;
    }
    if (!exec_streams_joined(exec)) {
        exec->timer.due = on_unjoined;
        loop_timer(&exec->timer, JOIN_NS);
    }
    exec_streams_drain(exec);
    exec_finish_if_all_read(exec);
}

void exec_abandon(struct exec *exec) {
    exec->asker.connection = NULL;
    exec_streams_close(exec);
    if (exec->kept && !exec->ended) {
        pidfd_send_signal(exec->pidfd, SIGTERM, NULL, 0);
    } else {
        kill_all(exec);
    }
    if (exec->ended) {
        finish(exec);
    }
}

void execs_kill(void) {
    for (struct exec *exec = monitor.execs; exec != NULL; exec = exec->next) {
        kill_all(exec);
        if (exec->cgroup.left) {
            exec->cgroup.left = false;
            exec->cgroup.remove_tries = 0;
            loop_timer(&exec->timer, 0);
        }
    }
}

void exec_resume(struct exec *exec) {
    exec_output_resume(exec);
}

/* ---- the start ---- */

static void started(struct exec *exec) {
    exec->started = true;
    struct connection *connection = exec->asker.connection;
    if (connection != NULL) {
        struct buffer *queued = &connection->channel.queued;
        size_t mark = frame_begin(queued, EXEC, exec->asker.request);
        put_number(queued, 1, exec->pid);
        if (exec->streamed) {
            put_number(queued, 2, exec->session);
        }
        frame_end(queued, mark);
        connection_flush(connection);
    }
    exec_output_resume(exec);
    if (exec->streamed) {
        exec_streams_begin(exec);
        exec->timer.due = on_unjoined;
        loop_timer(&exec->timer, JOIN_NS);
    }
}

static void keep_terminal(struct exec *exec, int *master) {
    fcntl(*master, F_SETFL, O_NONBLOCK);
    if (exec->streamed) {
        exec->terminal = own_give(master);
    } else {
        exec->outputs[0].fd = own_give(master);
    }
}

static bool read_reports(struct exec *exec) {
    for (;;) {
        struct report report;
        int fd;
        ssize_t count = sys_receive_fd(exec->report, &report, sizeof report, &fd);
        if (count < 0 && errno == EAGAIN) {
            return false;
        }
        bool whole = count == (ssize_t)sizeof report;
        if (whole && report.type == REPORT_TTY && fd >= 0 && exec->outputs[0].fd < 0 && exec->terminal < 0) {
            keep_terminal(exec, &fd);
        }
        own_close(&fd);
        if (!whole) {
            return true;
        }
        if (report.type == REPORT_FAULT && exec->fault.stage[0] == '\0') {
            exec->fault = report.fault;
        }
        exec->ready = exec->ready || report.type == REPORT_READY;
    }
}

void exec_on_report(struct watch *watch, uint32_t events) {
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

void exec_on_exit(struct watch *watch, uint32_t events) {
    struct exec *exec = OF(struct exec, exit_watch, watch);
    (void)events;
    if (exec->report >= 0) {
        exec_on_report(&exec->report_watch, 0);
    }
    exec->exit_code = 255;
    (void)sys_wait_pidfd(exec->pidfd, &exec->exit_code);
    exec->ended = true;
    loop_unwatch(watch);
    if (!exec->started) {
        start_failed(exec);
        return;
    }
    if (exec->asker.connection == NULL || all_read(exec)) {
        finish(exec);
        return;
    }
    exec->timer.due = on_drained;
    loop_timer(&exec->timer, exec->drain_ns);
}
