/* The program: its arguments, its environment and where it is found. */
#ifndef CRIJ_ENVIRONMENT_H
#define CRIJ_ENVIRONMENT_H

#include "plan.h"

struct program {
    char **arguments, **environment;
    char **candidates; /* paths to try, in order */
};

/* Everything that needs memory is done here: after a seccomp filter stands only execve and write may be allowed. */
int program_gather(const struct plan *plan, char **arguments, char **environment, struct arena *arena, struct program *program,
                   struct fault *fault);
int program_exec(const struct program *program, struct fault *fault);

#endif
