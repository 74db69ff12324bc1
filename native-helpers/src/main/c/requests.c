/* What clients may ask of a monitor: PROTOCOL.md section 3. Each request is read and checked as a whole, then done. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>

#include "monitor.h"

#define FIELDS(...) (const struct field_spec[]){__VA_ARGS__}
#define NUMBER(tag, flags, min, max) {tag, FIELD_NUMBER, flags, min, max}
#define TEXT(tag, flags, min, max) {tag, FIELD_TEXT, flags, min, max}
#define PATH(tag, flags) {tag, FIELD_PATH, flags, 1, FIELD_PATH_BYTES}
#define MUST FIELD_REQUIRED
#define MANY FIELD_REPEATED

#define POD_NAMESPACES ((int64_t)(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID))

static const struct field_spec hello_fields[] = {NUMBER(1, MUST, 1, INT64_MAX)};
static const struct field_spec setup_fields[] = {NUMBER(1, MUST, 0, INT32_MAX), PATH(2, 0), TEXT(3, 0, 1, 64),
                                                 TEXT(4, MANY, 3, 4096), NUMBER(5, 0, 0, INT64_MAX), NUMBER(6, 0, 1, UINT32_MAX - 1),
                                                 NUMBER(7, 0, 1, UINT32_MAX - 1), NUMBER(8, 0, 1, UINT32_MAX - 1)};
static const struct field_spec start_fields[] = {TEXT(1, MUST, 1, ID_BYTES), PATH(2, MUST), NUMBER(3, 0, 0, 3), NUMBER(4, 0, 1, INT32_MAX),
                                                 PATH(5, 0), PATH(6, 0), NUMBER(7, 0, 0, 7)};
static const struct field_spec kill_fields[] = {TEXT(1, MUST, 1, ID_BYTES), NUMBER(2, MUST, 1, 64)};
static const struct field_spec ack_fields[] = {NUMBER(1, MUST, 1, INT64_MAX)};
static const struct field_spec id_fields[] = {TEXT(1, MUST, 1, ID_BYTES)};
static const struct field_spec exec_fields[] = {TEXT(1, MUST, 1, ID_BYTES), PATH(2, MUST), TEXT(3, MUST | MANY, 0, PAYLOAD_BYTES),
                                                NUMBER(4, 0, 0, 7), PATH(5, 0), TEXT(6, MANY, 2, PAYLOAD_BYTES),
                                                NUMBER(7, 0, 0, INT64_MAX), NUMBER(8, 0, 0, 3600000), NUMBER(9, 0, 0, 7),
                                                NUMBER(10, 0, 0, UINT16_MAX), NUMBER(11, 0, 0, UINT16_MAX), PATH(12, 0)};
static const struct field_spec stream_fields[] = {NUMBER(1, MUST, 1, INT64_MAX), NUMBER(2, MUST, 0, 2)};
static const struct field_spec attach_fields[] = {TEXT(1, MUST, 1, ID_BYTES), NUMBER(2, MUST, 0, 7)};
static const struct field_spec resize_fields[] = {NUMBER(1, MUST, 0, UINT16_MAX), NUMBER(2, MUST, 0, UINT16_MAX)};
static const struct field_spec forward_fields[] = {NUMBER(1, MUST, 1, UINT16_MAX)};

struct request_spec {
    uint16_t type;
    uint16_t field_count;
    const struct field_spec *fields;
};
#define REQUEST(type, fields) {type, sizeof(fields) / sizeof *(fields), fields}
static const struct request_spec request_specs[] = {
    REQUEST(HELLO, hello_fields), REQUEST(SETUP, setup_fields), REQUEST(START, start_fields), REQUEST(KILL, kill_fields),
    {STATUS, 0, NULL},            {WATCH, 0, NULL},             REQUEST(ACK, ack_fields),     REQUEST(FORGET, id_fields),
    REQUEST(REOPEN, id_fields),   {SHUTDOWN, 0, NULL},          REQUEST(EXEC, exec_fields),
    REQUEST(STREAM, stream_fields), REQUEST(ATTACH, attach_fields), REQUEST(RESIZE, resize_fields), REQUEST(FORWARD, forward_fields),
    REQUEST(GO, id_fields),
};

struct request {
    struct asker asker;
    const struct field_value *values;
};

static const char *text_or_null(const struct field_value *value) {
    return value->count > 0 ? value->text : NULL;
}

/* An id becomes part of a file name. */
static bool is_plain_id(const char *id) {
    for (; *id != '\0'; id++) {
        bool letter = (*id >= 'a' && *id <= 'z') || (*id >= 'A' && *id <= 'Z') || (*id >= '0' && *id <= '9') || *id == '-' || *id == '_';
        if (!letter) {
            return false;
        }
    }
    return true;
}

static int find_container(const struct request *request, struct container **container, struct fault *fault) {
    *container = container_find(request->values[0].text);
    return *container == NULL ? fault_set(fault, ESRCH, "container", request->values[0].text) : 0;
}

static int hello(const struct request *request, struct fault *fault) {
    if (request->values[0].number != 1) {
        return fault_set(fault, EPROTO, "hello", "only version 1 is spoken");
    }
    struct connection *connection = request->asker.connection;
    struct buffer *queued = &connection->channel.queued;
    connection->greeted = true;
    size_t mark = frame_begin(queued, HELLO, request->asker.request);
    put_number(queued, 1, 1);
    put_number(queued, 2, getpid());
    put_text(queued, 3, monitor.pod_id);
    put_number(queued, 4, monitor.set_up ? 1 : 0);
    put_number(queued, 5, monitor.init_pid);
    frame_end(queued, mark);
    connection_flush(connection);
    return 0;
}

static int setup(const struct request *request, struct fault *fault) {
    const struct field_value *values = request->values;
    struct setup_request wanted = {
        .namespaces = values[0].number,
        .netns_pin = text_or_null(&values[1]),
        .hostname = text_or_null(&values[2]),
        .sysctls = values[3].texts,
        .shm_bytes = values[4].number,
        .user = {.uid = values[5].number, .gid = values[6].number, .count = values[7].number},
    };
    if ((wanted.namespaces & ~POD_NAMESPACES) != 0) {
        return fault_set(fault, EINVAL, "setup", "only net, ipc, uts and pid can be the pod's");
    }
    if ((wanted.netns_pin != NULL) != ((wanted.namespaces & CLONE_NEWNET) != 0)) {
        return fault_set(fault, EINVAL, "setup", "a netns pin goes with an own network namespace, and only with it");
    }
    if (wanted.netns_pin != NULL && strrchr(wanted.netns_pin, '/') == wanted.netns_pin) {
        return fault_set(fault, EINVAL, "setup", "the netns pin needs a folder of its own");
    }
    if (wanted.hostname != NULL && (wanted.namespaces & CLONE_NEWUTS) == 0) {
        return fault_set(fault, EINVAL, "setup", "a hostname needs an own uts namespace");
    }
    if (values[5].count != values[7].count || values[6].count != values[7].count || wanted.user.uid + wanted.user.count > UINT32_MAX ||
        wanted.user.gid + wanted.user.count > UINT32_MAX) {
        return fault_set(fault, EINVAL, "setup", "a user namespace needs a first uid, a first gid and a count that are ids of the host");
    }
    return pod_setup(&wanted, &request->asker, fault);
}

static int start(const struct request *request, struct fault *fault) {
    const struct field_value *values = request->values;
    struct start_request wanted = {
        .id = values[0].text,
        .plan = values[1].text,
        .pid_mode = values[2].number,
        .target = values[3].number,
        .cgroup = text_or_null(&values[4]),
        .log = text_or_null(&values[5]),
        .flags = values[6].number,
    };
    if (!is_plain_id(wanted.id)) {
        return fault_set(fault, EINVAL, "start", "the id has a character that ids do not have");
    }
    if ((wanted.pid_mode == PID_TARGET) != (values[3].count > 0)) {
        return fault_set(fault, EINVAL, "start", "a target pid goes with pid mode 3, and only with it");
    }
    return container_start(&wanted, &request->asker, fault);
}

static int kill_container(const struct request *request, struct fault *fault) {
    struct container *container;
    if (find_container(request, &container, fault) != 0) {
        return -1;
    }
    container_look(container);
    if (container_is_held(container)) {
        container_hold_fails(container, ECANCELED);
    } else if (container->state == CONTAINER_EXITED || container_signal(container, (int)request->values[1].number) != 0) {
        return fault_set(fault, container->state == CONTAINER_EXITED ? ESRCH : errno, "kill", container->id);
    }
    answer_empty(&request->asker, KILL);
    return 0;
}

static int go_on(const struct request *request, struct fault *fault) {
    struct container *container;
    return find_container(request, &container, fault) != 0 ? -1 : container_go(container, &request->asker, fault);
}

static void put_status(struct buffer *queued, const struct container *container) {
    char error[LOG_ERROR_BYTES] = "";
    if (container->log != NULL) {
        log_error_text(container->log, error, sizeof error);
    }
    size_t mark = put_nested(queued, 1);
    put_text(queued, 1, container->id);
    put_number(queued, 2, container->state == CONTAINER_EXITED ? 2 : 1);
    put_number(queued, 3, container->pid);
    put_number(queued, 4, container->start_ticks);
    put_number(queued, 5, container->started_ns);
    put_number(queued, 6, container->exit_code);
    put_number(queued, 7, container->finished_ns);
    put_text(queued, 8, error);
    put_nested_end(queued, mark);
}

static int status(const struct request *request) {
    struct connection *connection = request->asker.connection;
    struct buffer *queued = &connection->channel.queued;
    size_t mark = frame_begin(queued, STATUS, request->asker.request);
    for (struct container *container = monitor.containers; container != NULL; container = container->next) {
        if (container->state != CONTAINER_STARTING) {
            put_status(queued, container);
        }
    }
    frame_end(queued, mark);
    connection_flush(connection);
    return 0;
}

static int watch_exits(const struct request *request) {
    struct connection *connection = request->asker.connection;
    connection->watching = true;
    answer_empty(&request->asker, WATCH);
    for (struct container *container = monitor.containers; container != NULL; container = container->next) {
        if (container->sequence > 0 && !container->acknowledged) {
            container_send_exit(container, connection);
        }
    }
    return 0;
}

static int acknowledge(const struct request *request) {
    for (struct container *container = monitor.containers; container != NULL; container = container->next) {
        if (container->sequence == request->values[0].number) {
            container->acknowledged = true;
        }
    }
    answer_empty(&request->asker, ACK);
    return 0;
}

static int forget(const struct request *request, struct fault *fault) {
    struct container *container = container_find(request->values[0].text);
    if (container != NULL && container_forget(container, fault) != 0) {
        return -1;
    }
    answer_empty(&request->asker, FORGET);
    return 0;
}

static int reopen(const struct request *request, struct fault *fault) {
    struct container *container;
    if (find_container(request, &container, fault) != 0) {
        return -1;
    }
    if (container->state != CONTAINER_RUNNING || container->log == NULL) {
        return fault_set(fault, ESRCH, "reopen", container->id);
    }
    if (container->reopener.connection != NULL) {
        return fault_set(fault, EBUSY, "reopen", container->id);
    }
    container->reopener = request->asker;
    log_reopen(container->log);
    return 0;
}

static int shut_down(const struct request *request) {
    request->asker.connection->asked_shutdown = true;
    request->asker.connection->shutdown_request = request->asker.request;
    shutdown_begin();
    return 0;
}

static int exec_in_container(const struct request *request, struct fault *fault) {
    const struct field_value *values = request->values;
    struct container *container;
    if (find_container(request, &container, fault) != 0) {
        return -1;
    }
    struct exec_request wanted = {
        .plan = values[1].text,
        .arguments = values[2].texts,
        .flags = values[3].number,
        .cgroup = text_or_null(&values[4]),
        .environment = values[5].texts,
        .max_bytes = values[6].count > 0 ? values[6].number : INT64_MAX,
        .drain_ms = values[7].number,
        .streamed = values[8].count > 0,
        .streams = values[8].number,
        .columns = values[9].number,
        .rows = values[10].number,
        .v1_folder = text_or_null(&values[11]),
    };
    if (container->state != CONTAINER_RUNNING) {
        return fault_set(fault, ESRCH, "exec", container->id);
    }
    if (wanted.streamed && (wanted.flags & STDIO_TTY) != 0 && (wanted.streams & 4) != 0) {
        return fault_set(fault, EINVAL, "exec", "a terminal has no stderr of its own");
    }
    for (char **entry = wanted.environment; *entry != NULL; entry++) {
        if ((*entry)[0] == '=' || strchr(*entry, '=') == NULL) {
            return fault_set(fault, EINVAL, "exec", "an environment entry is not NAME=value");
        }
    }
    return exec_start(container, &wanted, &request->asker, fault);
}

static int attach(const struct request *request, struct fault *fault) {
    struct container *container;
    if (find_container(request, &container, fault) != 0) {
        return -1;
    }
    return attach_start(container, request->values[1].number, &request->asker, fault);
}

static int dispatch(uint16_t type, const struct request *request, struct fault *fault) {
    switch (type) {
    case HELLO:
        return hello(request, fault);
    case SETUP:
        return setup(request, fault);
    case START:
        return start(request, fault);
    case KILL:
        return kill_container(request, fault);
    case STATUS:
        return status(request);
    case WATCH:
        return watch_exits(request);
    case ACK:
        return acknowledge(request);
    case FORGET:
        return forget(request, fault);
    case REOPEN:
        return reopen(request, fault);
    case SHUTDOWN:
        return shut_down(request);
    case STREAM:
        return stream_join(&request->asker, request->values[0].number, request->values[1].number, fault);
    case ATTACH:
        return attach(request, fault);
    case RESIZE:
        return stream_resize(&request->asker, request->values[0].number, request->values[1].number, fault);
    case GO:
        return go_on(request, fault);
    case FORWARD:
        return forward_start(request->values[0].number, &request->asker, fault);
    default:
        return exec_in_container(request, fault);
    }
}

static const struct request_spec *find_spec(uint16_t type) {
    for (size_t i = 0; i < sizeof request_specs / sizeof *request_specs; i++) {
        if (request_specs[i].type == type) {
            return &request_specs[i];
        }
    }
    return NULL;
}

int request_parse(const struct frame *frame, struct arena *arena, struct field_value values[REQUEST_VALUES_MAX], struct fault *fault) {
    const struct request_spec *spec = find_spec(frame->type);
    if (spec == NULL) {
        return fault_set(fault, ENOSYS, "request", "no such request");
    }
    return fields_read(spec->fields, spec->field_count, frame->payload, frame->length, false, arena, values, fault);
}

static bool is_allowed(const struct connection *connection, const struct frame *frame) {
    if (connection->forward != NULL) {
        return false;
    }
    if (connection->exec != NULL || connection->attach != NULL) {
        return frame->type == RESIZE || frame->type == HELLO;
    }
    /* What follows a STREAM would be bytes of the stream: those come after its reply. */
    bool last = connection->channel.received.length == FRAME_HEADER_BYTES + frame->length;
    return frame->type == HELLO || (connection->greeted && (frame->type != STREAM || last));
}

bool request_handle(struct connection *connection, const struct frame *frame) {
    struct fault fault = {.op = -1};
    struct field_value values[REQUEST_VALUES_MAX];
    struct request request = {.asker = {.connection = connection, .request = frame->request}, .values = values};
    OWN_ARENA arena = {0};
    if (!is_allowed(connection, frame)) {
        fault_set(&fault, EPROTO, "request", "this connection may not ask that");
        answer_error(&request.asker, &fault);
        return false;
    }
    if (request_parse(frame, &arena, values, &fault) != 0) {
        answer_error(&request.asker, &fault);
        return fault.err == ENOSYS; /* an unknown request may come from a later daemon; a broken one ends the connection */
    }
    if (monitor.closing && frame->type != SHUTDOWN && frame->type != STATUS && frame->type != HELLO) {
        fault_set(&fault, ESHUTDOWN, "request", "the monitor is ending");
        answer_error(&request.asker, &fault);
        return true;
    }
    if (dispatch(frame->type, &request, &fault) != 0) {
        answer_error(&request.asker, &fault);
    }
    return connection->greeted;
}
