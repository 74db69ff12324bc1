/* Phase C: who the process is when it execs, and the exec itself. */
#ifndef CRIJ_IDENTITY_H
#define CRIJ_IDENTITY_H

#include "plan.h"

struct process {
    const struct plan *plan;
    char **arguments;   /* NULL: those of the plan */
    char **environment; /* NULL or entries that replace those of the plan with the same name */
    int tty;            /* becomes fds 0 to 2 and the controlling terminal; -1: fds 0 to 2 stay */
    int report;
    int proc; /* a private procfs, if the plan has a label */
};

/* Resets what a process inherits (signals, session, keyring, scheduling, NOFILE): before the plan. */
int process_reset(struct fault *fault);

/* Makes it the controlling terminal and fds 0 to 2; -1: nothing is done. */
int terminal_use(int tty, struct fault *fault);

/* Executes the plan's phase C. Returns only with the fault. */
int process_exec(const struct process *process, struct fault *fault);

#endif
