/* Ownership by scope: what is declared with these is released when its scope ends. */
#ifndef CRIJ_OWN_H
#define CRIJ_OWN_H

#include <stdlib.h>
#include <unistd.h>

static inline void own_close(int *fd) {
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

static inline void own_free(void *pointer) {
    void **memory = pointer;
    free(*memory);
    *memory = NULL;
}

/* Hands the fd over to somebody else: the scope does not close it any more. */
static inline int own_give(int *fd) {
    int given = *fd;
    *fd = -1;
    return given;
}

#define OWN_FD __attribute__((cleanup(own_close))) int
#define OWN_MEM __attribute__((cleanup(own_free)))

#endif
