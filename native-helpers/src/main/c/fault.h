/* What went wrong, as the client will see it: errno, stage, object and the operation's place in the plan. */
#ifndef CRIJ_FAULT_H
#define CRIJ_FAULT_H

struct fault {
    int err;        /* errno, 0 if none */
    int op;         /* index in the plan, -1 if none */
    char stage[32]; /* what was being done, e.g. "mount" */
    char what[220]; /* to which object, e.g. a path; cut when longer */
};

/* Both return -1, so that a caller can write `return fault_errno(...)`. */
int fault_set(struct fault *fault, int err, const char *stage, const char *what);
int fault_errno(struct fault *fault, const char *stage, const char *what);

#endif
