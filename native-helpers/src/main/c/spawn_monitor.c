/* MONITOR: the birth of a pod's monitor, which outlives us. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identity.h"
#include "loop.h"
#include "monitor.h"
#include "own.h"
#include "report.h"
#include "spawn.h"
#include "sys.h"

#define OF(type, member, pointer) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

struct keeper {
    uint64_t request;
    pid_t pid;
    int pidfd, report;
    bool answered;
    struct watch exit_watch, report_watch;
};

static void answer(struct keeper *keeper, const struct report *report) {
    struct buffer *queued = spawn_replies();
    if (keeper->answered) {
        return;
    }
    keeper->answered = true;
    if (report->type == REPORT_READY) {
        size_t mark = frame_begin(queued, SPAWN_MONITOR, keeper->request);
        put_number(queued, 1, keeper->pid);
        put_number(queued, 2, process_start_ticks(keeper->pid));
        frame_end(queued, mark);
    } else {
        frame_error(queued, keeper->request, &report->fault);
    }
    spawn_flush();
}

static void on_report(struct watch *watch, uint32_t events) {
    struct keeper *keeper = OF(struct keeper, report_watch, watch);
    struct report report;
    (void)events;
    ssize_t count = read(keeper->report, &report, sizeof report);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (count != (ssize_t)sizeof report) {
        report.type = REPORT_FAULT;
        fault_set(&report.fault, ECHILD, "monitor", "it ended before it listened");
    }
    answer(keeper, &report);
    loop_unwatch(watch);
    own_close(&keeper->report);
}

static void on_exit_ready(struct watch *watch, uint32_t events) {
    struct keeper *keeper = OF(struct keeper, exit_watch, watch);
    int code;
    (void)events;
    if (keeper->report >= 0) {
        on_report(&keeper->report_watch, 0);
    }
    (void)sys_wait_pidfd(keeper->pidfd, &code);
    loop_unwatch(watch);
    loop_unwatch(&keeper->report_watch);
    own_close(&keeper->pidfd);
    own_close(&keeper->report);
    free(keeper);
}

static _Noreturn void run_child(int report, const char *pod, const char *folder) {
    struct fault fault = {.op = -1};
    char number[16];
    char *arguments[] = {(char *)(uintptr_t) "crij-pod", (char *)(uintptr_t) "monitor", (char *)(uintptr_t)pod,
                         (char *)(uintptr_t)folder, number, NULL};
    char *environment[] = {NULL};
    const int keep[] = {report, spawn_image()};
    child_keep_only(keep, 2);
    snprintf(number, sizeof number, "%d", report);
    fcntl(report, F_SETFD, 0);
    if (process_reset(&fault) == 0) {
        umask(022);
        execveat(spawn_image(), "", arguments, environment, AT_EMPTY_PATH);
        fault_errno(&fault, "exec", "monitor");
    }
    report_fault(report, &fault);
    _exit(127);
}

int keeper_start(uint64_t request, const struct field_value *values, struct fault *fault) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return fault_errno(fault, "monitor", "socketpair");
    }
    OWN_FD ours = pair[0];
    OWN_FD theirs = pair[1];
    struct keeper *keeper = calloc(1, sizeof *keeper);
    if (keeper == NULL) {
        return fault_set(fault, ENOMEM, "monitor", values[0].text);
    }
    fcntl(ours, F_SETFL, O_NONBLOCK);
    keeper->request = request;
    keeper->exit_watch = (struct watch){.fd = -1, .ready = on_exit_ready};
    keeper->report_watch = (struct watch){.fd = -1, .ready = on_report};
    keeper->pid = sys_clone(&(struct clone_request){.cgroup = -1}, &keeper->pidfd);
    if (keeper->pid == 0) {
        run_child(theirs, values[0].text, values[1].text);
    }
    if (keeper->pid < 0) {
        fault_errno(fault, "monitor", "clone");
        free(keeper);
        return -1;
    }
    if (loop_watch(&keeper->report_watch, ours, EPOLLIN) != 0 || loop_watch(&keeper->exit_watch, keeper->pidfd, EPOLLIN) != 0) {
        fault_errno(fault, "monitor", "watch");
        loop_unwatch(&keeper->report_watch);
        kill(keeper->pid, SIGKILL);
        int code;
        sys_wait_pidfd(keeper->pidfd, &code);
        own_close(&keeper->pidfd);
        free(keeper);
        return -1;
    }
    keeper->report = own_give(&ours);
    return 0;
}
