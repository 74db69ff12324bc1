#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "own.h"

#define MOVE_BYTES ((size_t)1 << 20)
#define COPY_BYTES 4096
#define MOVES_AT_ONCE 8 /* then others get their turn */

#define OF(type, member, pointer) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

enum outcome { MOVED, ENDED, FAILED, WAITS };

static void close_all(struct pump *pump) {
    loop_unwatch(&pump->from);
    loop_unwatch(&pump->to);
    own_close(&pump->in);
    own_close(&pump->out);
    own_close(&pump->middle[0]);
    own_close(&pump->middle[1]);
    own_free(&pump->rest);
    pump->held = 0;
}

static void end(struct pump *pump, bool broken) {
    if (!broken && pump->out >= 0) {
        (void)shutdown(pump->out, SHUT_WR); /* of a socket that lives on in another fd; a pipe says ENOTSOCK */
    }
    if (broken) {
        (void)shutdown(pump->in, SHUT_RD); /* likewise: whoever writes learns that nobody reads */
    }
    close_all(pump);
    pump->over(pump, broken);
}

/* ---- one move ---- */

static enum outcome outcome_of(ssize_t count) {
    if (count > 0) {
        return MOVED;
    }
    if (count == 0 || errno == EIO) { /* EIO is how the end of a terminal looks */
        return ENDED;
    }
    return errno == EAGAIN || errno == EINTR ? WAITS : FAILED;
}

static size_t allowed(const struct pump *pump, size_t most) {
    return pump->left >= 0 && (size_t)pump->left < most ? (size_t)pump->left : most;
}

static void taken(struct pump *pump, size_t count) {
    if (pump->left >= 0) {
        pump->left -= (int64_t)count;
    }
}

static enum outcome splice_through(struct pump *pump, int to) {
    ssize_t count = splice(pump->in, NULL, to, NULL, allowed(pump, MOVE_BYTES), SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (count > 0) {
        taken(pump, (size_t)count);
        pump->held += to == pump->out ? 0 : (size_t)count;
    }
    return outcome_of(count);
}

/* What a write did not take is kept; the next input is read when it is gone. */
static enum outcome copy(struct pump *pump) {
    char data[COPY_BYTES];
    ssize_t count = read(pump->in, data, allowed(pump, sizeof data));
    enum outcome outcome = outcome_of(count);
    if (outcome != MOVED || pump->out < 0) {
        taken(pump, count > 0 ? (size_t)count : 0);
        return outcome;
    }
    taken(pump, (size_t)count);
    ssize_t written = write(pump->out, data, (size_t)count);
    if (written < 0 && errno != EAGAIN && errno != EINTR) {
        return FAILED;
    }
    size_t done = written > 0 ? (size_t)written : 0;
    if (done < (size_t)count) {
        pump->rest = malloc((size_t)count - done);
        if (pump->rest == NULL) {
            return FAILED;
        }
        memcpy(pump->rest, data + done, (size_t)count - done);
        pump->rest_at = 0;
        pump->held = (size_t)count - done;
    }
    return MOVED;
}

static enum outcome take(struct pump *pump) {
    if (pump->left == 0) {
        return ENDED;
    }
    if (pump->way == PUMP_COPY) {
        return copy(pump);
    }
    return splice_through(pump, pump->way == PUMP_PIPE ? pump->out : pump->middle[1]);
}

static enum outcome give(struct pump *pump) {
    ssize_t count = pump->rest != NULL
                        ? write(pump->out, pump->rest + pump->rest_at, pump->held)
                        : splice(pump->middle[0], NULL, pump->out, NULL, pump->held, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (count <= 0) {
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? WAITS : FAILED;
    }
    pump->held -= (size_t)count;
    if (pump->rest != NULL) {
        pump->rest_at += (size_t)count;
        if (pump->held == 0) {
            own_free(&pump->rest);
        }
    }
    return MOVED;
}

/* ---- whom to wait for ---- */

static bool has_input(const struct pump *pump) {
    struct pollfd input = {.fd = pump->in, .events = POLLIN};
    return poll(&input, 1, 0) == 1;
}

/* `to` is watched always, for its end; `from` only while it is waited for, since an ended one is always ready. */
static int wait_for(struct pump *pump, bool output) {
    if (pump->out >= 0) {
        loop_change(&pump->to, output ? EPOLLOUT : 0);
    }
    if (output) {
        loop_unwatch(&pump->from);
        return 0;
    }
    return pump->from.fd >= 0 ? 0 : loop_watch(&pump->from, pump->in, EPOLLIN);
}

static void step(struct pump *pump) {
    for (int i = 0; i < MOVES_AT_ONCE; i++) {
        bool giving = pump->held > 0;
        switch (giving ? give(pump) : take(pump)) {
        case MOVED:
            break;
        case ENDED:
            end(pump, false);
            return;
        case FAILED:
            end(pump, true);
            return;
        case WAITS:
            /* A splice does not say which of its ends it waits for. */
            if (wait_for(pump, giving || (pump->out >= 0 && has_input(pump))) != 0) {
                end(pump, true);
            }
            return;
        }
    }
    if (wait_for(pump, pump->held > 0) != 0) {
        end(pump, true);
    }
}

static void on_input(struct watch *watch, uint32_t events) {
    (void)events;
    step(OF(struct pump, from, watch));
}

static void on_output(struct watch *watch, uint32_t events) {
    struct pump *pump = OF(struct pump, to, watch);
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
        end(pump, true); /* nobody is there to read */
        return;
    }
    step(pump);
}

/* ---- its life ---- */

void pump_clear(struct pump *pump) {
    *pump = (struct pump){.from = {.fd = -1, .ready = on_input}, .to = {.fd = -1, .ready = on_output}, .in = -1, .out = -1, .middle = {-1, -1}, .left = -1};
}

int pump_start(struct pump *pump, enum pump_way way, int in, int out, void (*over)(struct pump *pump, bool broken)) {
    pump_clear(pump);
    pump->in = in;
    pump->out = out;
    pump->over = over;
    pump->way = way;
    bool ready = fcntl(in, F_SETFL, fcntl(in, F_GETFL) | O_NONBLOCK) == 0 &&
                 (out < 0 || fcntl(out, F_SETFL, fcntl(out, F_GETFL) | O_NONBLOCK) == 0) &&
                 (way != PUMP_SOCKETS || pipe2(pump->middle, O_CLOEXEC | O_NONBLOCK) == 0) &&
                 (out < 0 || loop_watch(&pump->to, out, 0) == 0) && loop_watch(&pump->from, in, EPOLLIN) == 0;
    if (!ready) {
        int error = errno;
        close_all(pump);
        errno = error;
    }
    return ready ? 0 : -1;
}

bool pump_is_idle(const struct pump *pump) {
    return pump->in < 0;
}

void pump_finish(struct pump *pump) {
    int there = 0;
    if (pump->in < 0) {
        return;
    }
    pump->left = ioctl(pump->in, FIONREAD, &there) == 0 && there > 0 ? there : 0;
    if (pump->left == 0 && pump->held == 0) {
        end(pump, false);
    }
}

void pump_stop(struct pump *pump) {
    close_all(pump);
}
