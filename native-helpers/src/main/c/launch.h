/* A process on its way from the monitor to the container's program: what it was given and what it has made so far. */
#ifndef CRIJ_LAUNCH_H
#define CRIJ_LAUNCH_H

#include "plan.h"

struct pod_namespaces {
    int seed, net, ipc, uts, user; /* fds, -1: the host's */
};

struct launch {
    const struct plan *plan;
    const struct pod_namespaces *pod;
    const char *run_folder;
    int report;  /* to the monitor */
    int root;    /* the new root, O_PATH */
    int proc;    /* a private procfs, made when first needed */
    int tty;     /* the terminal's slave */
    const struct plan_op *user; /* the USER operation, NULL without one */
    int slots[PLAN_SLOTS];
};

/* Phases A, B: operations before the process is in its container. Each returns 0, or -1 with the fault. */
int run_host_op(struct launch *launch, const struct plan_op *op, struct fault *fault);
int run_seed_op(struct launch *launch, const struct plan_op *op, struct fault *fault);
int run_node_op(struct launch *launch, const struct plan_op *op, struct fault *fault);
int run_pivot(struct launch *launch, const struct plan_op *op, struct fault *fault);

/* A sysctl by key, with dots or slashes, through a procfs of our own that nobody can have mounted over. */
int sysctl_write(int proc, const char *key, const char *value, struct fault *fault);
int proc_private(struct fault *fault);

/* What a process in a user namespace could not do afterwards: makes the standard streams and the terminal its program's. */
int streams_give(int tty, int64_t uid, struct fault *fault);

/* A new terminal: *slave and *master are set; `root` is where its /dev/pts is. */
int tty_allocate(int root, int64_t columns, int64_t rows, int *master, int *slave, struct fault *fault);

int oom_score_write(int64_t value, struct fault *fault);

#endif
