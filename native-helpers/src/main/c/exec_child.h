#ifndef CRIJ_EXEC_CHILD_H
#define CRIJ_EXEC_CHILD_H

#include <stdbool.h>
#include <stdint.h>

struct exec_child {
    const char *plan;
    char **arguments, **environment;
    int container; /* pidfd of the container's first process */
    int input, output, errors, report;
    int cgroup; /* joined by the child itself; -1: it was born where it belongs */
    const char *v1_folder; /* of its own cgroup in one hierarchy of version 1, which it joins after those of the plan; NULL: none */
    bool terminal;
    int64_t columns, rows; /* 0: not known */
};

_Noreturn void exec_child_run(const struct exec_child *child);

#endif
