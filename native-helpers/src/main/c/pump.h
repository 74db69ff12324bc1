/* Moves bytes between two non-blocking fds inside the kernel where it can, at the pace of the slower one. Uses the loop. */
#ifndef CRIJ_PUMP_H
#define CRIJ_PUMP_H

#include <stddef.h>

#include "loop.h"

enum pump_way {
    PUMP_PIPE,    /* one of the two is a pipe: spliced */
    PUMP_SOCKETS, /* neither is: spliced through a pipe of its own */
    PUMP_COPY     /* one is a terminal, or there is no `out`: read and written */
};

struct pump {
    enum pump_way way;
    struct watch from, to;
    int in, out;    /* owned; both -1: idle. `out` alone -1: what comes is thrown away */
    int middle[2];  /* a pipe, where neither end is one: splice(2) needs it; -1: none */
    size_t held;    /* bytes that were taken from `in` and not yet given to `out` */
    char *rest;     /* where they are, unless in the middle; NULL: none */
    size_t rest_at;
    int64_t left;   /* bytes that may still be taken from `in`; -1: until its end */
    void (*over)(struct pump *pump, bool broken);
};

void pump_clear(struct pump *pump); /* idle from the start */
/* Takes over both fds, whatever it returns. At the end of `in`, `out` is shut down for writing; then, or when either fails, both
 * are closed and `over` is called, as the last thing: it may free the pump. -1 with errno if it cannot start. */
int pump_start(struct pump *pump, enum pump_way way, int in, int out, void (*over)(struct pump *pump, bool broken));
bool pump_is_idle(const struct pump *pump);
void pump_finish(struct pump *pump); /* takes what is in `in` now and then ends, though it may never end by itself */
void pump_stop(struct pump *pump);   /* ends without a call of `over` */

#endif
