/* A child that stands in its plan until whoever asked for its start lets it go on. */
#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>

#include "monitor.h"
#include "report.h"

#define OF(type, member, pointer) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

bool container_is_held(const struct container *container) {
    return container->state == CONTAINER_STARTING && container->hold.stage[0] != '\0';
}

/* The child's exit, which comes soon, ends the start with this fault. */
void container_hold_fails(struct container *container, int err) {
    if (container->fault.stage[0] == '\0') {
        container->fault = container->hold;
        container->fault.err = err;
    }
    loop_untimer(&container->hold_timer);
    container->hold.stage[0] = '\0';
    pidfd_send_signal(container->pidfd, SIGKILL, NULL, 0);
}

static void on_patience_end(struct timer *timer) {
    container_hold_fails(OF(struct container, hold_timer, timer), ETIMEDOUT);
}

void container_held(struct container *container, const struct fault *hold, int patience_ms) {
    struct connection *connection = container->starter.connection;
    container->hold = *hold;
    if (connection == NULL) {
        container_hold_fails(container, ECONNRESET);
        return;
    }
    container->hold_timer.due = on_patience_end;
    loop_timer(&container->hold_timer, patience_ms * NS_PER_MS);
    struct buffer *queued = &connection->channel.queued;
    size_t mark = frame_begin(queued, HELD, container->starter.request);
    put_text(queued, 1, container->id);
    put_number(queued, 2, container->pid);
    put_text(queued, 3, hold->what);
    frame_end(queued, mark);
    connection_flush(connection);
}

int container_go(struct container *container, const struct asker *asker, struct fault *fault) {
    if (!container_is_held(container)) {
        return fault_set(fault, ESRCH, "hold", container->id);
    }
    if (container->starter.connection != asker->connection) {
        return fault_set(fault, EPERM, "hold", container->id);
    }
    loop_untimer(&container->hold_timer);
    container->hold.stage[0] = '\0';
    if (report_go(container->report) != 0) {
        return fault_errno(fault, "hold", container->id); /* it ended meanwhile, which the start's answer tells */
    }
    answer_empty(asker, GO);
    return 0;
}
