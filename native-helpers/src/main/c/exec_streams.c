/* The live streams of an exec: each is a connection of its own, which the client opens once the program runs. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "exec.h"
#include "own.h"

#define OF(type, member, pointer) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

void exec_streams_init(struct exec *exec, int64_t wanted) {
    exec->terminal = -1;
    for (size_t i = 0; i < 3; i++) {
        exec->streams[i] = (struct exec_stream){.exec = exec, .fd = -1, .wanted = (wanted >> i & 1) != 0};
        pump_clear(&exec->streams[i].pump);
    }
}

int exec_streams_pipes(struct exec *exec, int64_t flags, int ends[3]) {
    for (size_t i = 0; i < 3 && (flags & STDIO_TTY) == 0; i++) {
        int pair[2];
        if (!exec->streams[i].wanted) {
            continue;
        }
        if (pipe2(pair, O_CLOEXEC) != 0) {
            return -1;
        }
        exec->streams[i].fd = i == 0 ? own_give(&pair[1]) : own_give(&pair[0]);
        ends[i] = i == 0 ? pair[0] : pair[1];
    }
    return 0;
}

static void on_over(struct pump *pump, bool broken) {
    struct exec_stream *stream = OF(struct exec_stream, pump, pump);
    (void)broken; /* whoever does not read any more lets the program see that: its pipe has no reader */
    stream->over = true;
    exec_finish_if_all_read(stream->exec);
}

/* Output of a terminal that nobody wants must not stop the program. */
static void discard_terminal(struct exec *exec) {
    struct exec_stream *stream = &exec->streams[1];
    int master = fcntl(exec->terminal, F_DUPFD_CLOEXEC, 3);
    stream->wanted = stream->joined = true;
    if (master < 0 || pump_start(&stream->pump, PUMP_COPY, master, -1, on_over) != 0) {
        stream->over = true;
    }
}

void exec_streams_begin(struct exec *exec) {
    if (exec->terminal >= 0 && !exec->streams[1].wanted) {
        discard_terminal(exec);
    }
}

bool exec_streams_joined(const struct exec *exec) {
    for (size_t i = 0; i < 3; i++) {
        if (exec->streams[i].wanted && !exec->streams[i].joined) {
            return false;
        }
    }
    return true;
}

bool exec_stream_is_free(const struct exec *exec, int64_t number) {
    return exec->streamed && exec->started && !exec->done && exec->streams[number].wanted && !exec->streams[number].joined;
}

void exec_stream_join(struct exec *exec, int64_t number, int socket) {
    struct exec_stream *stream = &exec->streams[number];
    bool terminal = exec->terminal >= 0;
    int own = terminal ? fcntl(exec->terminal, F_DUPFD_CLOEXEC, 3) : own_give(&stream->fd);
    stream->joined = true;
    if (own < 0) {
        own_close(&socket);
        stream->over = true;
        exec_finish_if_all_read(exec);
        return;
    }
    if (pump_start(&stream->pump, terminal ? PUMP_COPY : PUMP_PIPE, number == 0 ? socket : own, number == 0 ? own : socket, on_over) != 0) {
        stream->over = true;
        exec_finish_if_all_read(exec);
        return;
    }
    if (exec->draining && number > 0) {
        pump_finish(&stream->pump); /* the last: it may end the exec */
    }
}

void exec_streams_drain(struct exec *exec) {
    exec->draining = exec->busy = true;
    pump_finish(&exec->streams[1].pump);
    pump_finish(&exec->streams[2].pump);
    exec->busy = false;
}

void exec_streams_close(struct exec *exec) {
    for (size_t i = 0; i < 3; i++) {
        pump_stop(&exec->streams[i].pump);
        own_close(&exec->streams[i].fd);
    }
    own_close(&exec->terminal);
}

bool exec_streams_ended(const struct exec *exec) {
    for (size_t i = 1; i < 3; i++) {
        if (exec->streams[i].wanted && !exec->streams[i].over) {
            return false;
        }
    }
    return true;
}

int exec_resize(const struct exec *exec, int64_t columns, int64_t rows) {
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    return exec->terminal < 0 ? 0 : ioctl(exec->terminal, TIOCSWINSZ, &size);
}
