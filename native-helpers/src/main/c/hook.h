/* A hook of the OCI runtime specification: a program with the container's state on its stdin, a deadline, and last words. */
#ifndef CRIJ_HOOK_H
#define CRIJ_HOOK_H

#include "plan.h"

/* What the hook's process does before its program: enters what it is to run in, gives up what it is not to have. */
struct hook_setting {
    const char *stage; /* its name in messages */
    int (*prepare)(const void *context, struct fault *fault);
    const void *context;
};

/* Runs one to its end. -1, stage `hook`, if it cannot be executed, fails or is killed at its deadline; the fault tells its last line. */
int hook_run(const struct plan_op *op, const struct hook_setting *setting, struct fault *fault);

/* The last line with anything in it, made printable ASCII, at most `size` - 1 bytes. */
void hook_last_line(const char *output, size_t length, char *line, size_t size);

#endif
