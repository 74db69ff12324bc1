/* The end of a monitor: all its processes killed and reaped, its pin and socket removed, the askers answered. */
#include <signal.h>
#include <sys/pidfd.h>

#include "monitor.h"

void shutdown_begin(void) {
    monitor.closing = true;
    for (struct container *container = monitor.containers; container != NULL; container = container->next) {
        if (container->pidfd >= 0) {
            container_signal(container, SIGKILL);
        }
    }
    execs_kill();
    if (monitor.init_pidfd >= 0) {
        pidfd_send_signal(monitor.init_pidfd, SIGKILL, NULL, 0);
    }
    shutdown_check();
}

static bool is_over(void) {
    for (struct container *container = monitor.containers; container != NULL; container = container->next) {
        if (container->state != CONTAINER_EXITED || container->sequence == 0) {
            return false;
        }
    }
    return monitor.execs == NULL && !monitor.setting_up && monitor.init_pidfd < 0;
}

void shutdown_check(void) {
    if (monitor.closing && is_over()) {
        monitor.done = true; /* the loop's caller says goodbye: a handler may still be on the stack */
    }
}
