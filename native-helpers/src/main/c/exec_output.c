/* The output of an exec whose client wants it in frames. */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "exec.h"
#include "own.h"

#define OF(type, member, pointer) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))
#define OUT_BYTES 32768
#define BACKPRESSURE_BYTES ((size_t)256 << 10) /* a client that has so much to read gets no more for now */

static bool is_backed_up(const struct exec *exec) {
    return exec->asker.connection != NULL && channel_backlog(&exec->asker.connection->channel) > BACKPRESSURE_BYTES;
}

static void send_output(struct exec_output *output, const char *data, size_t length) {
    struct exec *exec = output->exec;
    struct connection *connection = exec->asker.connection;
    if ((int64_t)length > output->left) {
        length = (size_t)output->left;
    }
    output->left -= (int64_t)length;
    if (length == 0 || connection == NULL) {
        return;
    }
    struct buffer *queued = &connection->channel.queued;
    size_t mark = frame_begin(queued, OUT, exec->asker.request);
    put_number(queued, 1, output == &exec->outputs[0] ? 1 : 2);
    put_bytes(queued, 2, data, length);
    frame_end(queued, mark);
    connection_flush(connection);
}

/* Not more than is there now: another holder of the pipe may write for ever. */
static void send_rest(struct exec_output *output) {
    char data[4096];
    int left = 0;
    if (output->fd < 0 || ioctl(output->fd, FIONREAD, &left) != 0) {
        return;
    }
    while (left > 0) {
        ssize_t count = read(output->fd, data, (size_t)left < sizeof data ? (size_t)left : sizeof data);
        if (count <= 0) {
            return;
        }
        send_output(output, data, (size_t)count);
        left -= (int)count;
    }
}

void exec_output_rest(struct exec *exec) {
    send_rest(&exec->outputs[0]);
    send_rest(&exec->outputs[1]);
}

void exec_output_close(struct exec *exec) {
    for (size_t i = 0; i < 2; i++) {
        loop_unwatch(&exec->outputs[i].watch);
        own_close(&exec->outputs[i].fd);
    }
}

bool exec_output_ended(const struct exec *exec) {
    return exec->outputs[0].fd < 0 && exec->outputs[1].fd < 0;
}

void exec_output_ready(struct watch *watch, uint32_t events) {
    struct exec_output *output = OF(struct exec_output, watch, watch);
    (void)events;
    char data[OUT_BYTES];
    ssize_t count = read(output->fd, data, sizeof data);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (count <= 0) {
        loop_unwatch(watch);
        own_close(&output->fd);
        exec_finish_if_all_read(output->exec);
        return;
    }
    send_output(output, data, (size_t)count);
    if (is_backed_up(output->exec)) {
        loop_unwatch(watch);
    }
}

void exec_output_resume(struct exec *exec) {
    for (size_t i = 0; i < 2 && exec->started; i++) {
        struct exec_output *output = &exec->outputs[i];
        if (output->fd >= 0 && output->watch.fd < 0) {
            loop_watch(&output->watch, output->fd, EPOLLIN);
        }
    }
}
