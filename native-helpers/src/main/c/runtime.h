/* A container that an OCI runtime makes and starts. */
#ifndef CRIJ_RUNTIME_H
#define CRIJ_RUNTIME_H

#include "launch.h"

/* What the plan mounts without a path of the host is put where the runtime finds it: <bundle>/mounts/<slot>. */
int runtime_stand(const struct launch *launch, int slot, int mount, struct fault *fault);

/* Becomes the parent of the container's first process: has the runtime make and start it, tells the monitor, waits for its end and
 * ends with its code. Returns only with the fault. `input` is the container's stdin, -1 for none. */
int runtime_keep(const struct launch *launch, int input, struct fault *fault);

/* Whether execs are the runtime's. */
bool runtime_execs(const struct plan *plan);

/* Forks, and returns in the child alone, which is to become the exec command; *inside is a file for the pid that the program has inside.
 * What called stays until the command ends, and ends with its code. SIGTERM, or a command that was killed, makes it end the program
 * inside and all that the program started. */
int runtime_exec_keep(const struct plan *plan, int report, int *inside, struct fault *fault);

/* Becomes `<exec arguments of the runtime> <arguments>`. Returns only with the fault. */
int runtime_exec(const struct plan *plan, char **arguments, int inside, int report, struct fault *fault);

/* Runs one of its commands to the end, at most 10 s or until the plan's deadline. `null` is /dev/null, `output` may be -1. */
int runtime_run(const struct plan *plan, char **arguments, int null, int output, struct fault *fault);

#endif
