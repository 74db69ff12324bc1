#ifndef CRIJ_CONTAINER_CHILD_H
#define CRIJ_CONTAINER_CHILD_H

#include <stdbool.h>

struct container_child {
    const char *plan;
    int input, output, errors; /* -1: /dev/null */
    int report;
    int cgroup; /* joined by the child itself; -1: it was born where it belongs */
    bool terminal;
};

/* Runs in the cloned process: executes the plan, then the program. A failure is reported to the monitor. */
_Noreturn void container_child_run(const struct container_child *child);

int child_stdio(int input, int output, int errors); /* becomes fds 0 to 2; -1: stays as it is */
/* The container's own null device in place of the host's, which would keep a mount of the host visible in /proc. */
void child_use_own_null(bool input, bool output, bool errors);

#endif
