/* Memory that lives and dies together, e.g. all that was parsed out of one request. */
#ifndef CRIJ_ARENA_H
#define CRIJ_ARENA_H

#include <stddef.h>

struct arena_chunk;
struct arena {
    struct arena_chunk *chunks;
};

void *arena_take(struct arena *arena, size_t size); /* zeroed, aligned for any type; NULL when there is no memory */
void arena_free(struct arena *arena);

#define OWN_ARENA __attribute__((cleanup(arena_free))) struct arena

#endif
