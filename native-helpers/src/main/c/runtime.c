/* The process between the monitor and a container that an OCI runtime starts. It runs the runtime's commands in a mount namespace
 * in which the root stands in the bundle, is the parent of what the runtime leaves behind, and so learns how the container ends. */
#include "runtime.h"

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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop.h"
#include "mounts.h"
#include "own.h"
#include "report.h"
#include "runtime_fields.h"
#include "sys.h"
#include "words.h"

#define PID_FILE "pid"
#define CONSOLE "tty"
#define STANDS "mounts"
#define CANNOT_RUN 127
#define ROUNDS 50 /* a process that cannot be killed now is left */
#define ROUND_MS 20
#define BRIEF_MS 10000 /* for what somebody waits for: delete when the start has failed, and the end of an exec */

/* One command of the runtime. */
struct command {
    char **arguments;
    int input, output, errors; /* -1: nothing */
    int cgroup;                /* folder to be born in, or -1 */
    bool creates;              /* what it leaves behind is the container: it has the score, and is in the groups if the plan says so */
};

struct keeper {
    const struct launch *launch;
    const struct plan_op *op;
    int null, console, init_pidfd;
    int said; /* a file for the errors of commands that have no pipe of the container's */
    pid_t init, waiter;
    bool starting; /* a message of the monitor calls it off */
    bool undoing;  /* whether anybody waits does not matter any more */
};

enum outcome { ENDED, LATE, CALLED_OFF };

static char **words(const struct keeper *keeper, enum runtime_field field) {
    return keeper->op->values[field].count > 0 ? keeper->op->values[field].texts : NULL;
}

int runtime_stand(const struct launch *launch, int slot, int mount, struct fault *fault) {
    char name[64];
    struct stat status;
    snprintf(name, sizeof name, "%s/%d", STANDS, slot);
    OWN_FD bundle = open(launch->plan->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    OWN_FD target = bundle < 0 || fstatat(mount, "", &status, AT_EMPTY_PATH) != 0
                        ? -1
                        : target_make(bundle, name, S_ISDIR(status.st_mode) ? TARGET_FOLDER : TARGET_FILE);
    return target < 0 || mount_attach(mount, target) != 0 ? fault_errno(fault, "stand", name) : 0;
}

static int prepare(const struct keeper *keeper, const struct command *command) {
    struct fault fault;
    const struct plan *plan = keeper->launch->plan;
    for (uint32_t i = 0; command->creates && i < plan->op_count; i++) {
        const struct plan_op *op = &plan->ops[i];
        bool group = op->spec->tag == OP_CGROUP && op_number(keeper->op, IN_GROUPS) != 0;
        struct launch none = {.plan = plan};
        if ((group || op->spec->tag == OP_OOM_SCORE_ADJ) && run_host_op(&none, op, &fault) != 0) {
            return -1;
        }
    }
    return 0;
}

static _Noreturn void become(const struct keeper *keeper, const struct command *command) {
    static char *none[] = {NULL};
    sigset_t empty;
    sigemptyset(&empty);
    char **environment = words(keeper, ENVIRONMENT);
    int input = command->input >= 0 ? command->input : keeper->null;
    int output = command->output >= 0 ? command->output : keeper->null;
    int errors = command->errors >= 0 ? command->errors : keeper->null;
    /* A command must not go on when nobody waits for it any more. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && setpgid(0, 0) == 0 && sigprocmask(SIG_SETMASK, &empty, NULL) == 0 &&
        prepare(keeper, command) == 0 && dup2(input, 0) >= 0 &&
        dup2(output, 1) >= 0 && dup2(errors, 2) >= 0 && sys_close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == 0) {
        execve(command->arguments[0], command->arguments, environment != NULL ? environment : none);
    }
    _exit(CANNOT_RUN);
}

/* The end of the report's socket is the monitor's, and nobody waits for the start any more. */
static bool is_called_off(const struct keeper *keeper) {
    struct report report;
    ssize_t count = recv(keeper->launch->report, &report, sizeof report, MSG_DONTWAIT);
    return count > 0 || (count == 0 && !keeper->undoing);
}

static enum outcome await(const struct keeper *keeper, int pidfd, int64_t patience_ms) {
    int64_t end = clock_monotonic_ms() + patience_ms;
    struct pollfd fds[] = {{.fd = pidfd, .events = POLLIN}, {.fd = keeper->starting ? keeper->launch->report : -1, .events = POLLIN}};
    for (;;) {
        int64_t left = end - clock_monotonic_ms();
        int ready = left <= 0 ? 0 : poll(fds, 2, (int)left);
        if (ready == 0) {
            return LATE;
        }
        if (ready > 0 && fds[0].revents != 0) {
            return ENDED;
        }
        if (ready > 0 && fds[1].revents != 0) {
            if (is_called_off(keeper)) {
                return CALLED_OFF;
            }
            fds[1].fd = keeper->undoing ? -1 : fds[1].fd;
        }
    }
}

static int tell(const struct command *command, const char *name, enum outcome outcome, int code, int64_t patience_ms, struct fault *fault) {
    char what[sizeof fault->what], line[150] = "";
    if (outcome == CALLED_OFF) {
        return fault_set(fault, ECANCELED, "runtime", name);
    }
    if (command->errors >= 0) {
        words_last(command->errors, line, sizeof line);
    }
    const char *colon = line[0] != '\0' ? ": " : "";
    if (outcome == LATE) {
        snprintf(what, sizeof what, "%s did not end within %lld ms and was killed%s%s", name, (long long)patience_ms, colon, line);
    } else {
        snprintf(what, sizeof what, "%s %s (exit code %d)%s%s", name, code == CANNOT_RUN ? "was not found or failed" : "failed", code, colon, line);
    }
    return fault_set(fault, outcome == LATE ? ETIMEDOUT : 0, "runtime", what);
}

/* Runs a command to its end. */
static int run(const struct keeper *keeper, const struct command *command, const char *name, int64_t patience_ms, struct fault *fault) {
    OWN_FD pidfd = -1;
    int code = 255;
    pid_t pid = sys_clone(&(struct clone_request){.cgroup = command->cgroup}, &pidfd);
    if (pid == 0) {
        become(keeper, command);
    }
    if (pid < 0) {
        return fault_errno(fault, "runtime", name);
    }
    enum outcome outcome = await(keeper, pidfd, patience_ms);
    if (outcome != ENDED) {
        kill(-pid, SIGKILL);
        pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
    }
    if (sys_wait_pidfd(pidfd, &code) != 0) {
        return fault_errno(fault, "runtime", name);
    }
    return outcome == ENDED && code == 0 ? 0 : tell(command, name, outcome, code, patience_ms, fault);
}

static int64_t brief_ms(const struct plan_op *op) {
    int64_t deadline = op_number(op, DEADLINE);
    return deadline < BRIEF_MS ? deadline : BRIEF_MS;
}

int runtime_run(const struct plan *plan, char **arguments, int null, int output, struct fault *fault) {
    struct launch launch = {.plan = plan};
    struct keeper keeper = {.launch = &launch, .op = plan->runtime, .null = null};
    struct command command = {.arguments = arguments, .input = -1, .output = output, .errors = -1, .cgroup = -1};
    return run(&keeper, &command, arguments[0], brief_ms(plan->runtime), fault);
}

static int simple(const struct keeper *keeper, enum runtime_field field, const char *name, int64_t patience_ms, struct fault *fault) {
    struct command command = {.arguments = words(keeper, field), .input = -1, .output = -1, .errors = keeper->said, .cgroup = -1};
    return run(keeper, &command, name, patience_ms, fault);
}

/* ---- the start ---- */

/* The runtime connects to it and hands over the terminal. Relative, since a socket's path is short. */
static int listen_for_console(struct keeper *keeper, struct fault *fault) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = CONSOLE};
    if (!keeper->launch->plan->has_console) {
        return 0;
    }
    keeper->console = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    umask(0177);
    int result = keeper->console < 0 || bind(keeper->console, (struct sockaddr *)&address, sizeof address) != 0 || listen(keeper->console, 1) != 0
                     ? fault_errno(fault, "console", "socket")
                     : 0;
    umask(022);
    return result;
}

/* It was sent before the runtime's command ended. */
static int take_console(struct keeper *keeper, struct fault *fault) {
    char name[256];
    OWN_FD master = -1;
    if (keeper->console < 0) {
        return 0;
    }
    OWN_FD connection = accept4(keeper->console, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection < 0 || sys_receive_fd(connection, name, sizeof name, &master) < 0) {
        return fault_errno(fault, "console", "receive");
    }
    if (master < 0 || isatty(master) != 1) {
        return fault_set(fault, ENOTTY, "console", "receive");
    }
    own_close(&keeper->console);
    return report_send(keeper->launch->report, REPORT_TTY, 0, master) != 0 ? fault_errno(fault, "console", "report") : 0;
}

static int read_pid(struct keeper *keeper, struct fault *fault) {
    char text[24] = "";
    OWN_FD file = open(PID_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t count = file < 0 ? -1 : read(file, text, sizeof text - 1);
    long pid = count > 0 ? strtol(text, NULL, 10) : 0;
    if (pid <= 1 || pid > INT32_MAX) {
        return fault_set(fault, count < 0 ? errno : EBADMSG, "runtime", "pid file");
    }
    /* What the command left behind is our child. Another process would be signalled in the container's stead. */
    siginfo_t ended;
    if (waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) != 0) {
        return fault_set(fault, ESRCH, "runtime", "pid file");
    }
    keeper->init = (pid_t)pid;
    keeper->init_pidfd = pidfd_open(keeper->init, 0);
    return keeper->init_pidfd < 0 ? fault_errno(fault, "runtime", "pid") : 0;
}

static int create(struct keeper *keeper, int input, struct fault *fault) {
    OWN_FD cgroup = -1;
    bool terminal = keeper->launch->plan->has_console;
    if (keeper->op->values[CGROUP].count > 0 && (cgroup = open(op_text(keeper->op, CGROUP), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        return fault_errno(fault, "cgroup", op_text(keeper->op, CGROUP));
    }
    struct command command = {
        .arguments = words(keeper, CREATE),
        .input = terminal ? -1 : input,
        .output = terminal ? -1 : 1,
        .errors = terminal ? keeper->said : 2,
        .cgroup = cgroup,
        .creates = true,
    };
    return run(keeper, &command, "create", op_number(keeper->op, DEADLINE), fault);
}

static int start(struct keeper *keeper, int input, struct fault *fault) {
    if (listen_for_console(keeper, fault) != 0 || create(keeper, input, fault) != 0 || read_pid(keeper, fault) != 0 ||
        take_console(keeper, fault) != 0) {
        return -1;
    }
    /* Its end of the pipes would hide the container's end from the log, and the program may end before the next line. */
    for (int fd = 0; fd <= 2; fd++) {
        if (dup2(keeper->null, fd) < 0) {
            return fault_errno(fault, "runtime", "stdio");
        }
    }
    return simple(keeper, START, "start", op_number(keeper->op, DEADLINE), fault);
}

/* ---- the life ---- */

static void begin_wait(struct keeper *keeper) {
    char **arguments = words(keeper, WAIT);
    if (arguments == NULL) {
        return;
    }
    OWN_FD pidfd = -1;
    struct command command = {.arguments = arguments, .input = -1, .output = -1, .errors = -1, .cgroup = -1};
    keeper->waiter = sys_clone(&(struct clone_request){.cgroup = -1}, &pidfd);
    if (keeper->waiter == 0) {
        become(keeper, &command);
    }
}

/* The monitor asks for a signal where the kernel cannot deliver it. One at a time; a command that hangs is killed at its deadline. */
static void relay_signal(const struct keeper *keeper, int number) {
    char text[16];
    char *arguments[64];
    size_t count = 0;
    char **given = words(keeper, SIGNAL);
    for (; given != NULL && given[count] != NULL && count < 62; count++) {
        arguments[count] = given[count];
    }
    /* A signal that was meant for the start comes when that has just succeeded. */
    if (count == 0 || number == SIGKILL) {
        kill(keeper->init, number);
        return;
    }
    snprintf(text, sizeof text, "%d", number);
    arguments[count] = text;
    arguments[count + 1] = NULL;
    struct fault fault;
    struct command command = {.arguments = arguments, .input = -1, .output = -1, .errors = -1, .cgroup = -1};
    (void)run(keeper, &command, "kill", op_number(keeper->op, DEADLINE), &fault);
}

/* True if the container's end is known now. */
static bool reap(const struct keeper *keeper, int *code) {
    int status;
    pid_t awaited = keeper->waiter > 0 ? keeper->waiter : keeper->init;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == awaited) {
            *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            return true;
        }
    }
    return pid < 0; /* no child at all: another has reaped it, which does not happen */
}

static int live(const struct keeper *keeper, int signals) {
    struct pollfd fds[] = {{.fd = signals, .events = POLLIN}, {.fd = keeper->launch->report, .events = POLLIN}};
    int code = 255;
    while (!reap(keeper, &code)) {
        struct signalfd_siginfo ignored;
        struct report report;
        if (poll(fds, 2, -1) < 0) {
            continue;
        }
        if (fds[0].revents != 0) {
            (void)!read(signals, &ignored, sizeof ignored);
        }
        if (fds[1].revents != 0 && recv(fds[1].fd, &report, sizeof report, MSG_DONTWAIT) == (ssize_t)sizeof report) {
            relay_signal(keeper, report.kind);
        } else if (fds[1].revents != 0) {
            fds[1].fd = -1; /* the monitor is gone, and the daemon ends the container */
        }
    }
    return code;
}

/* A runtime that failed may have left processes, which have come to us. Those that a killed one leaves come in the next round. */
static void end_children(void) {
    for (int round = 0; round < ROUNDS; round++) {
        char text[4096];
        OWN_FD file = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
        ssize_t count = file < 0 ? -1 : read(file, text, sizeof text - 1);
        if (count <= 0) {
            return;
        }
        text[count] = '\0';
        char *rest = text;
        for (long pid; (pid = strtol(rest, &rest, 10)) > 1 && *rest == ' ';) {
            kill((pid_t)pid, SIGKILL);
        }
        (void)poll(NULL, 0, ROUND_MS);
        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
    }
}

static int give_up(struct keeper *keeper) {
    struct fault ignored;
    keeper->undoing = true;
    (void)simple(keeper, DELETE, "delete", brief_ms(keeper->op), &ignored);
    end_children();
    return -1;
}

int runtime_keep(const struct launch *launch, int input, struct fault *fault) {
    sigset_t child, blocked;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    /* In a scope systemd asks us to end when it asks the container: that may take its time, and we tell how it ended. */
    blocked = child;
    sigaddset(&blocked, SIGTERM);
    struct keeper keeper = {.launch = launch, .op = launch->plan->runtime, .console = -1, .init_pidfd = -1, .starting = true};
    OWN_FD signals = -1;
    umask(022);
    keeper.null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
    keeper.said = memfd_create("said", MFD_CLOEXEC); /* without it their words are lost, and no more */
    if (keeper.null < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0 || sigprocmask(SIG_BLOCK, &blocked, NULL) != 0 ||
        (signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK)) < 0 || chdir(launch->plan->bundle) != 0 || report_send(launch->report, REPORT_KEEPS, 0, -1) != 0) {
        return fault_errno(fault, "runtime", launch->plan->bundle);
    }
    if (start(&keeper, input, fault) != 0) {
        return give_up(&keeper);
    }
    begin_wait(&keeper);
    if (report_send(launch->report, words(&keeper, SIGNAL) != NULL ? REPORT_RELAYED : REPORT_RUNNING, keeper.init, keeper.init_pidfd) != 0) {
        fault_errno(fault, "runtime", "report");
        return give_up(&keeper);
    }
    keeper.starting = false;
    own_close(&keeper.init_pidfd);
    own_close(&keeper.said);
    prctl(PR_SET_NAME, "crij-runtime");
    _exit(live(&keeper, signals));
}
