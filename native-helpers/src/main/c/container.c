/* A container's life as the monitor sees it: started, running, ended, forgotten. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "exitrecord.h"
#include "monitor.h"
#include "own.h"
#include "report.h"

#define PIPE_HOLDERS_NS (100 * NS_PER_MS) /* others that still hold the pipes are waited for */
#define LOG_DRAIN_NS NS_PER_S             /* a disk that takes no writes must not hold back the exit for longer */

#define OF(type, member, pointer) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

struct container *container_find(const char *id) {
    struct container *container = monitor.containers;
    while (container != NULL && strcmp(container->id, id) != 0) {
        container = container->next;
    }
    return container;
}

void container_free(struct container *container) {
    for (struct container **at = &monitor.containers; *at != NULL; at = &(*at)->next) {
        if (*at == container) {
            *at = container->next;
            break;
        }
    }
    loop_unwatch(&container->exit_watch);
    loop_unwatch(&container->report_watch);
    loop_untimer(&container->drain_timer);
    loop_untimer(&container->hold_timer);
    attaches_container_ended(container);
    if (container->log != NULL) {
        log_abandon(container->log);
    }
    own_close(&container->pidfd);
    own_close(&container->keeper);
    own_close(&container->report);
    own_close(&container->output);
    own_close(&container->errors);
    own_close(&container->tty);
    own_close(&container->input);
    free(container->log_path);
    free(container);
}

void container_forget_asker(const struct connection *connection) {
    for (struct container *container = monitor.containers; container != NULL; container = container->next) {
        if (container->starter.connection == connection) {
            container->starter.connection = NULL;
            if (container_is_held(container)) {
                container_hold_fails(container, ECONNRESET);
            }
        }
        if (container->reopener.connection == connection) {
            container->reopener.connection = NULL;
        }
    }
}

int container_signal(const struct container *container, int number) {
    /* The first process of what a runtime isolates from the kernel is the runtime's own; and what a runtime has begun is its to undo. */
    bool begun = container->keeps && container->state == CONTAINER_STARTING;
    if (begun || (container->relays && number != SIGKILL)) {
        return report_send(container->report, REPORT_SIGNAL, number, -1);
    }
    return pidfd_send_signal(container->pidfd, number, NULL, 0);
}

/* ---- the end ---- */

void container_send_exit(const struct container *container, struct connection *connection) {
    struct buffer *queued = &connection->channel.queued;
    size_t mark = frame_begin(queued, EXITED, 0);
    put_number(queued, 1, container->sequence);
    put_text(queued, 2, container->id);
    put_number(queued, 3, container->exit_code);
    put_number(queued, 4, container->finished_ns);
    frame_end(queued, mark);
    connection_flush(connection);
}

static void publish_exit(struct container *container) {
    if (container->sequence != 0) {
        return;
    }
    loop_untimer(&container->drain_timer);
    container->sequence = ++monitor.last_sequence;
    attaches_container_ended(container);
    for (struct connection *connection = monitor.connections; connection != NULL; connection = connection->next) {
        if (connection->watching) {
            container_send_exit(container, connection);
        }
    }
    shutdown_check();
}

static void on_drain_timeout(struct timer *timer) {
    publish_exit(OF(struct container, drain_timer, timer));
}

static void answer_reopen(struct container *container, int error) {
    struct asker asker = container->reopener;
    container->reopener.connection = NULL;
    if (error == 0) {
        answer_empty(&asker, REOPEN);
    } else {
        struct fault fault;
        fault_set(&fault, error, "reopen", container->log_path);
        answer_error(&asker, &fault);
    }
}

void containers_log_progress(void) {
    logs_collect(attach_stream_over);
    for (struct container *container = monitor.containers; container != NULL; container = container->next) {
        if (container->log == NULL) {
            continue;
        }
        struct log_progress progress = log_progress(container->log);
        if (progress.reopened) {
            answer_reopen(container, progress.reopen_error);
        }
        if (progress.finished && container->state == CONTAINER_EXITED) {
            publish_exit(container);
        }
    }
}

void container_ended(struct container *container, int code) {
    container->state = CONTAINER_EXITED;
    container->exit_code = code;
    container->finished_ns = clock_epoch_ns();
    own_close(&container->input);
    /* If the record cannot be written, the event and STATUS still tell the exit. */
    (void)exit_record_write(monitor.run_folder, container->id, code, container->finished_ns);
    if (container->log == NULL) {
        publish_exit(container);
        return;
    }
    container->drain_timer.due = on_drain_timeout;
    loop_timer(&container->drain_timer, LOG_DRAIN_NS);
    log_finish(container->log, PIPE_HOLDERS_NS);
}

int container_forget(struct container *container, struct fault *fault) {
    if (container->state != CONTAINER_EXITED) {
        return fault_set(fault, EBUSY, "forget", container->id);
    }
    exit_record_remove(monitor.run_folder, container->id);
    container_free(container);
    return 0;
}

int container_resize(const struct container *container, int64_t columns, int64_t rows) {
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    return container->has_terminal && container->input >= 0 ? ioctl(container->input, TIOCSWINSZ, &size) : 0;
}
