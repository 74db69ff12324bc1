/* The pod's seed: a mount namespace whose root is a read-only tmpfs with these and nothing else. From ENTER to PIVOT it is the
 * working folder. */
#ifndef CRIJ_SEED_H
#define CRIJ_SEED_H

#include <stdint.h>

#include "userns.h"

#define SEED_SHM "./shm"
#define SEED_EMPTY "./empty"
#define SEED_ROOT "./r"
#define SEED_TREE "./t" /* where a tree stands while a part of it is taken */

/* Moves the calling process into a new mount namespace that is a seed. `at` is a folder that the process may cover meanwhile;
 * /dev/shm belongs to the owner's root. */
int seed_make(const char *at, int64_t shm_bytes, const struct user_mapping *owner, struct fault *fault);

#endif
