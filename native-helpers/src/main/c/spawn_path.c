/* PATH: one call on a path whose filesystem may hang, in a child that is given up at its deadline. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop.h"
#include "monitor.h"
#include "own.h"
#include "spawn.h"
#include "sys.h"

#define OF(type, member, pointer) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

enum path_operation { PATH_STAT = 1, PATH_MKDIR = 2 };

struct path_result {
    struct fault fault;
    int64_t mode, dev, ino, rdev;
};

struct path_call {
    struct path_call *next;
    uint64_t request;
    int pidfd, result;
    bool answered;
    struct watch exit_watch;
    struct timer timer;
    char path[]; /* for the message */
};

static struct path_call *calls;

/* ---- in the child ---- */

static int make_folders(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int made = mkdir(path, 0755);
        *slash = '/';
        if (made != 0 && errno != EEXIST && errno != EROFS && errno != EACCES) {
            return -1;
        }
    }
    return mkdir(path, 0755) != 0 && errno != EEXIST ? -1 : 0;
}

static _Noreturn void run_child(int64_t operation, struct path_call *call, int writer) {
    struct path_result result;
    struct stat status;
    memset(&result, 0, sizeof result);
    result.fault.op = -1;
    child_keep_only(&writer, 1);
    signal(SIGPIPE, SIG_DFL);
    umask(022);
    const char *name = operation == PATH_STAT ? "stat" : "mkdir";
    if ((operation == PATH_MKDIR && make_folders(call->path) != 0) || stat(call->path, &status) != 0) {
        fault_errno(&result.fault, name, call->path);
    } else {
        result.mode = status.st_mode;
        result.dev = (int64_t)status.st_dev;
        result.ino = (int64_t)status.st_ino;
        result.rdev = (int64_t)status.st_rdev;
    }
    _exit(write_all(writer, &result, sizeof result) == 0 ? 0 : 1);
}

/* ---- in the spawner ---- */

static void answer(struct path_call *call, const struct path_result *result) {
    struct buffer *queued = spawn_replies();
    if (call->answered) {
        return;
    }
    call->answered = true;
    if (result->fault.stage[0] != '\0') {
        frame_error(queued, call->request, &result->fault);
    } else {
        size_t mark = frame_begin(queued, SPAWN_PATH, call->request);
        put_number(queued, 1, result->mode);
        put_number(queued, 2, result->dev);
        put_number(queued, 3, result->ino);
        put_number(queued, 4, result->rdev);
        frame_end(queued, mark);
    }
    spawn_flush();
}

static void call_free(struct path_call *call) {
    for (struct path_call **at = &calls; *at != NULL; at = &(*at)->next) {
        if (*at == call) {
            *at = call->next;
            break;
        }
    }
    loop_untimer(&call->timer);
    loop_unwatch(&call->exit_watch);
    own_close(&call->pidfd);
    own_close(&call->result);
    free(call);
}

/* A process that hangs in the kernel stays until the call returns; its caller does not. */
static void on_deadline(struct timer *timer) {
    struct path_call *call = OF(struct path_call, timer, timer);
    struct path_result late = {.fault = {.op = -1}};
    fault_set(&late.fault, ETIMEDOUT, "path", call->path);
    pidfd_send_signal(call->pidfd, SIGKILL, NULL, 0);
    answer(call, &late);
}

static void on_exit_ready(struct watch *watch, uint32_t events) {
    struct path_call *call = OF(struct path_call, exit_watch, watch);
    struct path_result result;
    int code;
    (void)events;
    memset(&result, 0, sizeof result);
    if (read(call->result, &result, sizeof result) != (ssize_t)sizeof result) {
        fault_set(&result.fault, ECHILD, "path", call->path);
    }
    (void)sys_wait_pidfd(call->pidfd, &code);
    answer(call, &result);
    call_free(call);
}

int path_start(uint64_t request, const struct field_value *values, struct fault *fault) {
    int pair[2];
    struct path_call *call = calloc(1, sizeof *call + values[1].length + 1);
    if (call == NULL || pipe2(pair, O_CLOEXEC) != 0) {
        free(call);
        return fault_errno(fault, "path", values[1].text);
    }
    OWN_FD writer = pair[1];
    memcpy(call->path, values[1].text, values[1].length + 1);
    call->request = request;
    call->pidfd = -1;
    call->result = pair[0];
    call->exit_watch = (struct watch){.fd = -1, .ready = on_exit_ready};
    call->timer.due = on_deadline;
    call->next = calls;
    calls = call;
    pid_t pid = sys_clone(&(struct clone_request){.cgroup = -1}, &call->pidfd);
    if (pid == 0) {
        run_child(values[0].number, call, writer);
    }
    if (pid < 0 || loop_watch(&call->exit_watch, call->pidfd, EPOLLIN) != 0) {
        fault_errno(fault, "path", call->path);
        if (pid > 0) {
            pidfd_send_signal(call->pidfd, SIGKILL, NULL, 0);
        }
        call_free(call);
        return -1;
    }
    loop_timer(&call->timer, values[2].number * NS_PER_MS);
    return 0;
}

void paths_kill(void) {
    while (calls != NULL) {
        pidfd_send_signal(calls->pidfd, SIGKILL, NULL, 0);
        call_free(calls);
    }
}
