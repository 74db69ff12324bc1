/* An exec that a runtime has to do. The kernel's signals end its command and not the program, which has a kernel of its own: so one process
 * stays with the command, and asks the runtime for the program's end. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop.h"
#include "own.h"
#include "process_table.h"
#include "report.h"
#include "runtime.h"
#include "runtime_fields.h"
#include "sys.h"

#define PLACE "{}" /* a word that stands for what is known only now */
#define END_WORDS 64
#define MOST_INSIDE 4096
#define TABLE_BYTES (512 * 1024)
#define LOOK_EVERY_MS 10
#define LEAVE_MS 1000 /* between the program's end and that of the command */

struct exec_keeper {
    const struct plan *plan;
    int null, signals, inside;
};

bool runtime_execs(const struct plan *plan) {
    return plan->runtime != NULL && plan->runtime->values[EXEC].count > 0;
}

/* ---- the command ---- */

int runtime_exec(const struct plan *plan, char **arguments, int inside, int report, struct fault *fault) {
    const struct field_value *exec = &plan->runtime->values[EXEC];
    const struct field_value *environment = &plan->runtime->values[ENVIRONMENT];
    char place[32];
    size_t count = exec->count;
    static char *none[] = {NULL};
    for (char **word = arguments; word != NULL && *word != NULL; word++) {
        count++;
    }
    OWN_MEM char **all = calloc(count + 1, sizeof *all);
    if (all == NULL) {
        return fault_set(fault, ENOMEM, "exec", "");
    }
    snprintf(place, sizeof place, "/proc/self/fd/%d", inside);
    for (size_t i = 0; i < exec->count; i++) {
        all[i] = strcmp(exec->texts[i], PLACE) == 0 ? place : exec->texts[i];
    }
    for (size_t i = exec->count; i < count; i++) {
        all[i] = arguments[i - exec->count];
    }
    umask(022);
    if (sys_close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0 || fcntl(inside, F_SETFD, 0) != 0 || report_send(report, REPORT_READY, 0, -1) != 0) {
        return fault_errno(fault, "exec", "report");
    }
    execve(all[0], all, environment->count > 0 ? environment->texts : none);
    return fault_errno(fault, "exec", all[0]);
}

/* ---- the end of what it started ---- */

/* False: it has not ended by then. */
static bool await_end(int pidfd, int64_t patience_ms) {
    int64_t end = clock_monotonic_ms() + patience_ms;
    for (int64_t left = patience_ms; left > 0; left = end - clock_monotonic_ms()) {
        if (poll(&(struct pollfd){.fd = pidfd, .events = POLLIN}, 1, (int)left) > 0) {
            return true;
        }
    }
    return false;
}

/* 0: the command ended without having started anything. */
static long pid_inside(const struct exec_keeper *keeper, int command) {
    int64_t end = clock_monotonic_ms() + op_number(keeper->plan->runtime, DEADLINE);
    for (;;) {
        bool ended = await_end(command, LOOK_EVERY_MS);
        char text[24] = "";
        long pid = pread(keeper->inside, text, sizeof text - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
        if (pid > 0 || ended || clock_monotonic_ms() > end) {
            return pid;
        }
    }
}

static size_t list_inside(const struct exec_keeper *keeper, struct process_inside *all) {
    const struct field_value *words = &keeper->plan->runtime->values[PROCESSES];
    struct fault fault;
    OWN_FD table = memfd_create("processes", MFD_CLOEXEC);
    OWN_MEM char *text = calloc(1, TABLE_BYTES);
    if (words->count == 0 || table < 0 || text == NULL || runtime_run(keeper->plan, words->texts, keeper->null, table, &fault) != 0 ||
        pread(table, text, TABLE_BYTES - 1, 0) < 0) {
        return 0;
    }
    return process_table_parse(text, all, MOST_INSIDE);
}

static void end_one(const struct exec_keeper *keeper, long pid) {
    const struct field_value *words = &keeper->plan->runtime->values[END];
    char place[24];
    char *command[END_WORDS];
    struct fault fault;
    if (words->count == 0 || words->count >= END_WORDS) {
        return;
    }
    snprintf(place, sizeof place, "%ld", pid);
    for (size_t i = 0; i < words->count; i++) {
        command[i] = strcmp(words->texts[i], PLACE) == 0 ? place : words->texts[i];
    }
    command[words->count] = NULL;
    (void)runtime_run(keeper->plan, command, keeper->null, -1, &fault);
}

static void end_inside(const struct exec_keeper *keeper, int command) {
    OWN_MEM struct process_inside *all = calloc(MOST_INSIDE, sizeof *all);
    OWN_MEM long *pids = calloc(MOST_INSIDE + 1, sizeof *pids);
    long pid = pid_inside(keeper, command);
    if (pid <= 1 || all == NULL || pids == NULL) {
        return;
    }
    size_t count = process_table_tree(all, list_inside(keeper, all), pid, pids);
    for (size_t i = 0; i < count; i++) {
        end_one(keeper, pids[i]); /* a parent first, so that it starts no more of them */
    }
}

/* ---- the one that stays ---- */

static int keep(const struct exec_keeper *keeper, int command) {
    struct pollfd fds[] = {{.fd = command, .events = POLLIN}, {.fd = keeper->signals, .events = POLLIN}};
    siginfo_t ended = {0};
    int code = 255;
    while (poll(fds, 2, -1) < 0 && errno == EINTR) {
    }
    bool by_itself = (fds[0].revents & POLLIN) != 0 && waitid(P_PIDFD, (id_t)command, &ended, WEXITED | WNOWAIT) == 0 && ended.si_code == CLD_EXITED;
    if (!by_itself) {
        end_inside(keeper, command);
        if (!await_end(command, LEAVE_MS)) {
            pidfd_send_signal(command, SIGKILL, NULL, 0);
        }
    }
    (void)sys_wait_pidfd(command, &code);
    return code;
}

int runtime_exec_keep(const struct plan *plan, int report, int *inside, struct fault *fault) {
    sigset_t ends;
    OWN_FD command = -1;
    struct exec_keeper keeper = {.plan = plan, .null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY)};
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    if (keeper.null < 0 || sigprocmask(SIG_BLOCK, &ends, NULL) != 0 ||
        (keeper.signals = signalfd(-1, &ends, SFD_CLOEXEC)) < 0 || (keeper.inside = memfd_create("pid", MFD_CLOEXEC)) < 0) {
        return fault_errno(fault, "exec", "keeper");
    }
    pid_t pid = sys_clone(&(struct clone_request){.cgroup = -1}, &command);
    if (pid == 0) {
        *inside = keeper.inside;
        return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || setsid() < 0 || sigprocmask(SIG_UNBLOCK, &ends, NULL) != 0
                   ? fault_errno(fault, "exec", "keeper")
                   : 0;
    }
    if (pid < 0) {
        return fault_errno(fault, "exec", "keeper");
    }
    /* Whoever reads what the program writes must not wait for this one, nor the monitor for the report's end. */
    for (int fd = 0; fd <= 2; fd++) {
        (void)dup2(keeper.null, fd);
    }
    close(report);
    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    prctl(PR_SET_NAME, "crij-exec");
    _exit(keep(&keeper, command));
}
