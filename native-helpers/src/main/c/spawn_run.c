/* RUN: a program in a session of its own, killed with its whole process group at its deadline. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
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
#define HOLDERS_NS (100 * NS_PER_MS) /* how long others that hold the pipes are waited for after its end */
#define READS_MAX 512                /* of 4 KiB: more than a pipe holds */
#define STUCK_NS (2 * NS_PER_S)      /* a killed program that cannot even die is answered for after this */
#define OUTPUT_BYTES_MAX ((int64_t)(PAYLOAD_BYTES / 2 - 1024)) /* both streams fit into one frame */

struct run;
struct run_stream {
    struct watch watch;
    struct run *run;
    int fd;
    struct buffer data;
};

struct run {
    struct run *next;
    uint64_t request;
    pid_t pid;
    int pidfd, report, input;
    uint8_t *input_data;
    size_t input_length, input_sent;
    int64_t max_output;
    struct run_stream streams[2];
    struct watch exit_watch, input_watch;
    struct timer timer;
    bool timed_out, ended, answered;
    int exit_code;
};

static struct run *runs;

static void run_free(struct run *run) {
    for (struct run **at = &runs; *at != NULL; at = &(*at)->next) {
        if (*at == run) {
            *at = run->next;
            break;
        }
    }
    loop_untimer(&run->timer);
    loop_unwatch(&run->exit_watch);
    loop_unwatch(&run->input_watch);
    own_close(&run->pidfd);
    own_close(&run->report);
    own_close(&run->input);
    for (size_t i = 0; i < 2; i++) {
        loop_unwatch(&run->streams[i].watch);
        own_close(&run->streams[i].fd);
        buffer_free(&run->streams[i].data);
    }
    free(run->input_data);
    free(run);
}

static void answer(struct run *run) {
    struct report report;
    struct buffer *queued = spawn_replies();
    if (run->answered) {
        return;
    }
    run->answered = true;
    if (run->report >= 0 && read(run->report, &report, sizeof report) == (ssize_t)sizeof report) {
        frame_error(queued, run->request, &report.fault);
    } else {
        size_t mark = frame_begin(queued, SPAWN_RUN, run->request);
        put_number(queued, 1, run->exit_code);
        put_bytes(queued, 2, run->streams[0].data.data, run->streams[0].data.length);
        put_bytes(queued, 3, run->streams[1].data.data, run->streams[1].data.length);
        put_number(queued, 4, run->timed_out ? 1 : 0);
        frame_end(queued, mark);
    }
    spawn_flush();
}

static void finish(struct run *run) {
    answer(run);
    if (run->ended) {
        run_free(run);
    }
}

static void kill_group(const struct run *run) {
    if (!run->ended) {
        kill(-run->pid, SIGKILL);
        pidfd_send_signal(run->pidfd, SIGKILL, NULL, 0);
    }
}

/* One read. False when nothing is there or the stream has ended. */
static bool read_some(struct run_stream *stream) {
    char data[4096];
    ssize_t count = stream->fd < 0 ? -1 : read(stream->fd, data, sizeof data);
    if (stream->fd >= 0 && (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))) {
        loop_unwatch(&stream->watch);
        own_close(&stream->fd);
    }
    if (count <= 0) {
        return false;
    }
    int64_t room = stream->run->max_output - (int64_t)stream->data.length;
    buffer_append(&stream->data, data, (size_t)(count < room ? count : room)); /* the rest is drained, so that it can end */
    return true;
}

/* What the ended program left in its pipes; not for ever, for another holder of them may write on. */
static void read_rest(struct run *run) {
    for (size_t i = 0; i < 2; i++) {
        for (int reads = 0; reads < READS_MAX && read_some(&run->streams[i]); reads++) {
        }
    }
}

static void on_timer(struct timer *timer) {
    struct run *run = OF(struct run, timer, timer);
    if (run->ended || run->timed_out) {
        read_rest(run);
        run->exit_code = run->ended ? run->exit_code : 128 + SIGKILL;
        finish(run);
        return;
    }
    run->timed_out = true;
    kill_group(run);
    loop_timer(timer, STUCK_NS);
}

static void finish_if_all_read(struct run *run) {
    if (run->ended && run->streams[0].fd < 0 && run->streams[1].fd < 0) {
        finish(run);
    }
}

static void on_output(struct watch *watch, uint32_t events) {
    struct run_stream *stream = OF(struct run_stream, watch, watch);
    (void)events;
    read_some(stream);
    finish_if_all_read(stream->run);
}

static void on_input(struct watch *watch, uint32_t events) {
    struct run *run = OF(struct run, input_watch, watch);
    (void)events;
    ssize_t count = write(run->input, run->input_data + run->input_sent, run->input_length - run->input_sent);
    run->input_sent += count > 0 ? (size_t)count : 0;
    bool blocked = count < 0 && (errno == EAGAIN || errno == EINTR);
    if (!blocked && (count < 0 || run->input_sent == run->input_length)) {
        loop_unwatch(watch);
        own_close(&run->input);
    }
}

static void on_exit_ready(struct watch *watch, uint32_t events) {
    struct run *run = OF(struct run, exit_watch, watch);
    (void)events;
    run->exit_code = 255;
    if (run->timed_out) {
        kill(-run->pid, SIGKILL); /* once more, before its number is free: the group may have grown since */
    }
    (void)sys_wait_pidfd(run->pidfd, &run->exit_code);
    run->ended = true;
    loop_unwatch(watch);
    if (run->streams[0].fd < 0 && run->streams[1].fd < 0) {
        finish(run);
    } else {
        loop_timer(&run->timer, HOLDERS_NS);
    }
}

struct run_pipes {
    int input, output, errors, report; /* the child's ends */
};

static _Noreturn void run_child(const struct run_pipes *pipes, const char *file, char **arguments, char **environment) {
    struct fault fault = {.op = -1};
    const int keep[] = {pipes->input, pipes->output, pipes->errors, pipes->report};
    child_keep_only(keep, 4);
    if (dup2(pipes->input, 0) < 0 || dup2(pipes->output, 1) < 0 || dup2(pipes->errors, 2) < 0) {
        fault_errno(&fault, "run", "stdio");
    } else if (process_reset(&fault) == 0) {
        umask(022);
        execve(file, arguments, environment);
        fault_errno(&fault, "exec", file);
    }
    report_fault(pipes->report, &fault);
    _exit(127);
}

static int open_pipes(struct run *run, struct run_pipes *pipes) {
    int input[2], output[2], errors[2], report[2];
    if (pipe2(input, O_CLOEXEC) != 0) {
        return -1;
    }
    pipes->input = input[0];
    run->input = input[1];
    if (pipe2(output, O_CLOEXEC) != 0) {
        return -1;
    }
    run->streams[0].fd = output[0];
    pipes->output = output[1];
    if (pipe2(errors, O_CLOEXEC) != 0) {
        return -1;
    }
    run->streams[1].fd = errors[0];
    pipes->errors = errors[1];
    if (pipe2(report, O_CLOEXEC) != 0) {
        return -1;
    }
    run->report = report[0];
    pipes->report = report[1];
    fcntl(run->input, F_SETFL, O_NONBLOCK);
    fcntl(run->streams[0].fd, F_SETFL, O_NONBLOCK);
    fcntl(run->streams[1].fd, F_SETFL, O_NONBLOCK);
    fcntl(run->report, F_SETFL, O_NONBLOCK);
    return 0;
}

static struct run *run_new(uint64_t request, const struct field_value *values) {
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        return NULL;
    }
    run->request = request;
    run->pidfd = run->report = run->input = -1;
    run->input_length = values[3].length;
    run->max_output = values[5].number < OUTPUT_BYTES_MAX ? values[5].number : OUTPUT_BYTES_MAX;
    run->exit_watch = (struct watch){.fd = -1, .ready = on_exit_ready};
    run->input_watch = (struct watch){.fd = -1, .ready = on_input};
    run->timer.due = on_timer;
    for (size_t i = 0; i < 2; i++) {
        run->streams[i] = (struct run_stream){.watch = {.fd = -1, .ready = on_output}, .run = run, .fd = -1};
    }
    run->input_data = malloc(run->input_length + 1);
    if (run->input_data == NULL) {
        free(run);
        return NULL;
    }
    if (run->input_length > 0) {
        memcpy(run->input_data, values[3].bytes, run->input_length);
    }
    run->next = runs;
    runs = run;
    return run;
}

static int watch_all(struct run *run) {
    if (run->input_length == 0) {
        own_close(&run->input);
    }
    return (run->input >= 0 && loop_watch(&run->input_watch, run->input, EPOLLOUT) != 0) ||
                   loop_watch(&run->streams[0].watch, run->streams[0].fd, EPOLLIN) != 0 ||
                   loop_watch(&run->streams[1].watch, run->streams[1].fd, EPOLLIN) != 0 ||
                   loop_watch(&run->exit_watch, run->pidfd, EPOLLIN) != 0
               ? -1
               : 0;
}

int program_start(uint64_t request, const struct field_value *values, struct fault *fault) {
    struct run *run = run_new(request, values);
    struct run_pipes pipes = {-1, -1, -1, -1};
    if (run == NULL) {
        return fault_set(fault, ENOMEM, "run", values[0].text);
    }
    int result = open_pipes(run, &pipes);
    if (result == 0) {
        run->pid = sys_clone(&(struct clone_request){.cgroup = -1}, &run->pidfd);
        if (run->pid == 0) {
            run_child(&pipes, values[0].text, values[1].texts, values[2].texts);
        }
        result = run->pid < 0 ? -1 : 0;
    }
    if (result != 0) {
        fault_errno(fault, "run", values[0].text);
    }
    own_close(&pipes.input);
    own_close(&pipes.output);
    own_close(&pipes.errors);
    own_close(&pipes.report);
    if (result == 0 && watch_all(run) != 0) {
        fault_errno(fault, "run", "watch");
        kill_group(run);
        sys_wait_pidfd(run->pidfd, &run->exit_code);
        result = -1;
    }
    if (result != 0) {
        run_free(run);
        return -1;
    }
    loop_timer(&run->timer, values[4].number * NS_PER_MS);
    return 0;
}

void programs_kill(void) {
    while (runs != NULL) {
        kill_group(runs);
        run_free(runs); /* whoever becomes our children's parent now reaps them */
    }
}
