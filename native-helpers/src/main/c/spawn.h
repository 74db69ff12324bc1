#ifndef CRIJ_SPAWN_H
#define CRIJ_SPAWN_H

#include "frame.h"

enum spawn_message { SPAWN_RUN = 1, SPAWN_MONITOR = 2, SPAWN_PATH = 3 };
#define SPAWN_VALUES_MAX 6

int spawn_main(int argc, char **argv);

/* Reads and checks one request into values, in the order of PROTOCOL.md section 2. */
int spawn_parse(const struct frame *frame, struct arena *arena, struct field_value *values, struct fault *fault);

/* What the daemon is told; `spawn_flush` sends what is queued as far as it goes. */
struct buffer *spawn_replies(void);
void spawn_flush(void);
int spawn_image(void); /* a sealed copy of this program */

/* Each starts a child for one request and answers it later; -1 with the fault if there is no child. */
int program_start(uint64_t request, const struct field_value *values, struct fault *fault);
int keeper_start(uint64_t request, const struct field_value *values, struct fault *fault);
int path_start(uint64_t request, const struct field_value *values, struct fault *fault);

/* At the end of the daemon: programs and helpers are killed and reaped; monitors stay. */
void programs_kill(void);
void paths_kill(void);

#endif
