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

/* Becomes `<exec arguments of the runtime> <arguments>`. Returns only with the fault. */
int runtime_exec(const struct plan *plan, char **arguments, int report, struct fault *fault);

#endif
