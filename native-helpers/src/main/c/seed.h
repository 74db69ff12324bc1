/* The pod's seed: a mount namespace whose root is a read-only tmpfs with these and nothing else. */
#ifndef CRIJ_SEED_H
#define CRIJ_SEED_H

#include <stdint.h>

#include "fault.h"

#define SEED_SHM "/shm"
#define SEED_EMPTY "/empty"
#define SEED_ROOT "/r"

/* Moves the calling process into a new mount namespace that is a seed. `at` is a folder that the process may cover meanwhile. */
int seed_make(const char *at, int64_t shm_bytes, struct fault *fault);

#endif
