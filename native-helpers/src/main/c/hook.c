#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop.h"
#include "own.h"
#include "sys.h"

#define TAIL_BYTES 1024 /* of its output: enough for a line */
#define READS_MAX 512   /* after its end, of 4 KiB: more than a pipe holds; others may hold the pipe and write on */
#define CANNOT_RUN 127

struct hook {
    pid_t pid;
    int pidfd, input, output;
    const char *texts[2]; /* its stdin: what comes before the pid, with the pid, and after it */
    size_t sent;
    char tail[TAIL_BYTES];
    size_t tail_length;
};

void hook_last_line(const char *output, size_t length, char *line, size_t size) {
    while (length > 0 && (output[length - 1] <= ' ' || output[length - 1] > '~')) {
        length--;
    }
    size_t start = length;
    while (start > 0 && output[start - 1] != '\n') {
        start--;
    }
    size_t count = length - start < size - 1 ? length - start : size - 1;
    for (size_t i = 0; i < count; i++) {
        char byte = output[start + i];
        line[i] = byte >= ' ' && byte <= '~' ? byte : '?';
    }
    line[count] = '\0';
}

/* One read, of which the end is kept. False when nothing is there or the stream has ended. */
static bool read_some(struct hook *hook) {
    char data[4096];
    ssize_t count = hook->output < 0 ? -1 : read(hook->output, data, sizeof data);
    if (hook->output >= 0 && (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))) {
        own_close(&hook->output);
    }
    if (count <= 0) {
        return false;
    }
    size_t fresh = (size_t)count < sizeof hook->tail ? (size_t)count : sizeof hook->tail;
    size_t old = hook->tail_length < sizeof hook->tail - fresh ? hook->tail_length : sizeof hook->tail - fresh;
    memmove(hook->tail, hook->tail + hook->tail_length - old, old);
    memcpy(hook->tail + old, data + (size_t)count - fresh, fresh);
    hook->tail_length = old + fresh;
    return true;
}

static void write_some(struct hook *hook) {
    size_t first = strlen(hook->texts[0]);
    const char *at = hook->sent < first ? hook->texts[0] + hook->sent : hook->texts[1] + (hook->sent - first);
    size_t left = strlen(at);
    ssize_t count = left > 0 ? write(hook->input, at, left) : 0;
    hook->sent += count > 0 ? (size_t)count : 0;
    bool blocked = count < 0 && (errno == EAGAIN || errno == EINTR);
    if (!blocked && (count <= 0 || hook->sent == first + strlen(hook->texts[1]))) {
        own_close(&hook->input); /* the end of its input, or it reads no more */
    }
}

/* False at the deadline. */
static bool await_end(struct hook *hook, int64_t deadline) {
    for (;;) {
        struct pollfd fds[] = {
            {.fd = hook->pidfd, .events = POLLIN}, {.fd = hook->output, .events = POLLIN}, {.fd = hook->input, .events = POLLOUT}};
        int64_t left = deadline - clock_monotonic_ms();
        int ready = left <= 0 ? 0 : poll(fds, 3, (int)left);
        if (ready == 0) {
            return false;
        }
        if (ready > 0 && fds[1].revents != 0) {
            read_some(hook);
        }
        if (ready > 0 && fds[2].revents != 0) {
            write_some(hook);
        }
        if (ready > 0 && fds[0].revents != 0) {
            return true;
        }
    }
}

static _Noreturn void run_child(int input, int output, const struct plan_op *op, const struct hook_setting *setting) {
    static char *none[] = {NULL};
    struct fault fault = {.op = -1};
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 || setpgid(0, 0) != 0 ||
        sys_close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0) {
        _exit(CANNOT_RUN);
    }
    umask(022);
    if (setting->prepare(setting->context, &fault) != 0) {
        dprintf(2, "%s %s: %s\n", fault.stage, fault.what, strerror(fault.err));
        _exit(CANNOT_RUN);
    }
    execve(op_text(op, 0), op->values[1].count > 0 ? op->values[1].texts : none, op->values[2].count > 0 ? op->values[2].texts : none);
    dprintf(2, "it cannot be executed: %s\n", strerror(errno));
    _exit(CANNOT_RUN);
}

static int hook_start(struct hook *hook, const struct plan_op *op, const struct hook_setting *setting) {
    int input[2], output[2];
    if (pipe2(input, O_CLOEXEC) != 0) {
        return -1;
    }
    OWN_FD its_input = input[0];
    hook->input = input[1];
    if (pipe2(output, O_CLOEXEC) != 0) {
        return -1;
    }
    OWN_FD its_output = output[1];
    hook->output = output[0];
    hook->pid = sys_clone(&(struct clone_request){.cgroup = -1}, &hook->pidfd);
    if (hook->pid == 0) {
        run_child(its_input, its_output, op, setting);
    }
    return hook->pid < 0 || fcntl(hook->input, F_SETFL, O_NONBLOCK) != 0 || fcntl(hook->output, F_SETFL, O_NONBLOCK) != 0 ? -1 : 0;
}

static void hook_kill(const struct hook *hook) {
    kill(-hook->pid, SIGKILL);
    pidfd_send_signal(hook->pidfd, SIGKILL, NULL, 0);
}

static int tell(const struct hook *hook, const struct plan_op *op, const char *stage, const char *how, struct fault *fault) {
    char what[sizeof fault->what], line[120];
    hook_last_line(hook->tail, hook->tail_length, line, sizeof line);
    /* A long path gives way: the name and the line tell more. */
    const char *path = op_text(op, 0);
    size_t length = strlen(path);
    snprintf(what, sizeof what, "%s hook %s%s %s%s%s", stage, length > 60 ? "..." : "", length > 60 ? path + length - 57 : path, how,
             line[0] != '\0' ? ": " : "", line);
    return fault_set(fault, 0, "hook", what);
}

static int hook_finish(struct hook *hook, const struct plan_op *op, const char *stage, struct fault *fault) {
    int64_t timeout = op_number(op, 3);
    int code = 255;
    char how[64] = "";
    if (!await_end(hook, clock_monotonic_ms() + timeout)) {
        hook_kill(hook);
        snprintf(how, sizeof how, "did not end within %lld ms and was killed", (long long)timeout);
    }
    (void)sys_wait_pidfd(hook->pidfd, &code);
    for (int reads = 0; reads < READS_MAX && read_some(hook); reads++) {
    }
    if (how[0] == '\0' && code == 0) {
        return 0;
    }
    if (how[0] == '\0') {
        snprintf(how, sizeof how, code == CANNOT_RUN ? "was not found or failed (exit code %d)" : "failed (exit code %d)", code);
    }
    return tell(hook, op, stage, how, fault);
}

int hook_run(const struct plan_op *op, const struct hook_setting *setting, struct fault *fault) {
    struct hook hook = {.pidfd = -1, .input = -1, .output = -1};
    char number[24];
    OWN_MEM char *before = NULL;
    /* As the container sees itself: the specification's word for hooks that run in its namespaces. */
    snprintf(number, sizeof number, "%d", (int)getpid());
    if (asprintf(&before, "%s%s", op_text(op, 4), number) < 0) {
        before = NULL;
        return fault_set(fault, ENOMEM, "hook", op_text(op, 0));
    }
    hook.texts[0] = before;
    hook.texts[1] = op_text(op, 5);
    /* A hook need not read its stdin. Set for this process only after the hook has the defaults. */
    int result = hook_start(&hook, op, setting);
    void (*pipes)(int) = signal(SIGPIPE, SIG_IGN);
    if (result != 0) {
        fault_errno(fault, "hook", op_text(op, 0));
        if (hook.pid > 0) {
            int code;
            hook_kill(&hook);
            (void)sys_wait_pidfd(hook.pidfd, &code);
        }
    } else {
        result = hook_finish(&hook, op, setting->stage, fault);
    }
    (void)signal(SIGPIPE, pipes);
    own_close(&hook.pidfd);
    own_close(&hook.input);
    own_close(&hook.output);
    return result;
}
