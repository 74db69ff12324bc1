/* Clients attached to a running container. Output comes from the log's thread, which reads it; input is pumped here. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "monitor.h"
#include "own.h"
#include "pump.h"

#define OF(type, member, pointer) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))
#define STDIN_BIT 1

struct attach {
    struct attach *next;
    struct connection *connection;
    uint64_t request;
    int64_t session;
    struct container *container;
    int64_t free; /* bits of the streams that were asked for and not joined yet */
    bool has_input;
    struct pump input;
    struct log_client *outputs[2];
};

struct attach *attach_find(int64_t session) {
    struct attach *attach = monitor.attaches;
    while (attach != NULL && attach->session != session) {
        attach = attach->next;
    }
    return attach;
}

int attach_start(struct container *container, int64_t streams, const struct asker *asker, struct fault *fault) {
    if (container->state != CONTAINER_RUNNING || container->log == NULL) {
        return fault_set(fault, ESRCH, "attach", container->id);
    }
    struct attach *attach = calloc(1, sizeof *attach);
    if (attach == NULL) {
        return fault_set(fault, ENOMEM, "attach", container->id);
    }
    *attach = (struct attach){
        .next = monitor.attaches,
        .connection = asker->connection,
        .request = asker->request,
        .session = monitor_session(),
        .container = container,
        .free = streams,
        .has_input = (streams & STDIN_BIT) != 0,
    };
    pump_clear(&attach->input);
    monitor.attaches = attach;
    asker->connection->attach = attach;
    struct buffer *queued = &asker->connection->channel.queued;
    size_t mark = frame_begin(queued, ATTACH, asker->request);
    put_number(queued, 1, attach->session);
    frame_end(queued, mark);
    connection_flush(asker->connection);
    return 0;
}

/* ---- input ---- */

/* What is attached later finds no input any more. */
static void end_input(struct container *container) {
    if (container->has_terminal || container->input < 0) {
        return;
    }
    own_close(&container->input);
    for (struct attach *attach = monitor.attaches; attach != NULL; attach = attach->next) {
        if (attach->container == container) {
            pump_stop(&attach->input);
        }
    }
}

static void on_input_over(struct pump *pump, bool broken) {
    struct attach *attach = OF(struct attach, input, pump);
    (void)broken;
    if (attach->container->stdin_once) {
        end_input(attach->container);
    }
}

static void join_input(struct attach *attach, int socket) {
    struct container *container = attach->container;
    int writer = container->input >= 0 ? fcntl(container->input, F_DUPFD_CLOEXEC, 3) : -1;
    if (container->input >= 0 && writer < 0) {
        own_close(&socket);
        return;
    }
    (void)pump_start(&attach->input, writer < 0 || container->has_terminal ? PUMP_COPY : PUMP_PIPE, socket, writer, on_input_over);
}

/* ---- streams ---- */

bool attach_stream_is_free(const struct attach *attach, int64_t stream) {
    return (attach->free >> stream & 1) != 0;
}

void attach_stream_join(struct attach *attach, int64_t stream, int socket) {
    attach->free &= ~((int64_t)1 << stream);
    if (stream == 0) {
        join_input(attach, socket);
        return;
    }
    attach->outputs[stream - 1] = log_attach(attach->container->log, (int)stream, socket, attach);
    if (attach->outputs[stream - 1] == NULL) {
        own_close(&socket);
    }
}

void attach_stream_over(void *owner, const struct log_client *client, bool cut) {
    struct attach *attach = owner;
    size_t i = attach->outputs[0] == client ? 0 : 1;
    attach->outputs[i] = NULL;
    if (cut) {
        struct buffer *queued = &attach->connection->channel.queued;
        size_t mark = frame_begin(queued, CUT, attach->request);
        put_number(queued, 1, (int64_t)i + 1);
        put_number(queued, 2, (int64_t)LOG_CLIENT_BYTES);
        frame_end(queued, mark);
        connection_flush(attach->connection);
    }
}

int attach_resize(const struct attach *attach, int64_t columns, int64_t rows) {
    return container_resize(attach->container, columns, rows);
}

/* ---- the end ---- */

static void attach_free(struct attach *attach) {
    for (struct attach **at = &monitor.attaches; *at != NULL; at = &(*at)->next) {
        if (*at == attach) {
            *at = attach->next;
            break;
        }
    }
    pump_stop(&attach->input);
    attach->connection->attach = NULL;
    free(attach);
}

void attach_end(struct attach *attach) {
    for (size_t i = 0; i < 2; i++) {
        if (attach->outputs[i] != NULL) {
            log_detach(attach->outputs[i], true);
        }
    }
    if (attach->has_input && attach->container->stdin_once) {
        end_input(attach->container);
    }
    attach_free(attach);
}

/* What waits for the client it still gets, and then the end. */
static void container_has_ended(struct attach *attach) {
    struct connection *connection = attach->connection;
    for (size_t i = 0; i < 2; i++) {
        if (attach->outputs[i] != NULL) {
            log_detach(attach->outputs[i], false);
        }
    }
    struct buffer *queued = &connection->channel.queued;
    size_t mark = frame_begin(queued, DONE, attach->request);
    put_number(queued, 1, attach->container->exit_code);
    frame_end(queued, mark);
    attach_free(attach);
    connection_end(connection);
}

void attaches_container_ended(const struct container *container) {
    struct attach *attach = monitor.attaches;
    while (attach != NULL) {
        struct attach *after = attach->next;
        if (attach->container == container) {
            container_has_ended(attach);
        }
        attach = after;
    }
}
