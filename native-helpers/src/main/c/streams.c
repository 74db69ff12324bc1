/* Requests about streams: a connection becomes one stream of an exec or attach; a terminal gets a size. */
#include <errno.h>

#include "monitor.h"

/* The reply goes out before the first byte of the stream. */
static int answer_and_take(const struct asker *asker, struct fault *fault) {
    frame_empty(&asker->connection->channel.queued, STREAM, asker->request);
    int fd = connection_take(asker->connection);
    return fd < 0 ? fault_set(fault, EPROTO, "stream", "the client does not read its replies") : fd;
}

int stream_join(const struct asker *asker, int64_t session, int64_t stream, struct fault *fault) {
    struct exec *exec = exec_find(session);
    struct attach *attach = exec == NULL ? attach_find(session) : NULL;
    if (exec == NULL && attach == NULL) {
        return fault_set(fault, ESRCH, "stream", "the session is over");
    }
    if (!(exec != NULL ? exec_stream_is_free(exec, stream) : attach_stream_is_free(attach, stream))) {
        return fault_set(fault, EINVAL, "stream", "it was not asked for, or has been joined before");
    }
    /* Once the reply is out, a failure is the end of the stream. */
    if (exec != NULL) {
        int fd = answer_and_take(asker, fault);
        if (fd < 0) {
            return -1;
        }
        exec_stream_join(exec, stream, fd);
        return 0;
    }
    logs_hold();
    int fd = answer_and_take(asker, fault);
    if (fd >= 0) {
        attach_stream_join(attach, stream, fd);
    }
    logs_go_on();
    return fd < 0 ? -1 : 0;
}

int stream_resize(const struct asker *asker, int64_t columns, int64_t rows, struct fault *fault) {
    const struct connection *connection = asker->connection;
    if (connection->exec == NULL && connection->attach == NULL) {
        return fault_set(fault, ESRCH, "resize", "there is no session on this connection");
    }
    int result = connection->exec != NULL ? exec_resize(connection->exec, columns, rows) : attach_resize(connection->attach, columns, rows);
    if (result != 0) {
        return fault_errno(fault, "resize", "terminal");
    }
    answer_empty(asker, RESIZE);
    return 0;
}
