#ifndef CRIJ_EXEC_CHILD_H
#define CRIJ_EXEC_CHILD_H

#include <stdbool.h>

struct exec_child {
    const char *plan;
    char **arguments, **environment;
    int container; /* pidfd of the container's first process */
    int input, output, errors, report;
    int cgroup; /* joined by the child itself; -1: it was born where it belongs */
    bool terminal;
};

_Noreturn void exec_child_run(const struct exec_child *child);

#endif
