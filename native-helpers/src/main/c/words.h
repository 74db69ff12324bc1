/* What a program that failed wrote last. */
#ifndef CRIJ_WORDS_H
#define CRIJ_WORDS_H

#include <stddef.h>

/* The last line in a file, or in a pipe of which `fd` is the end that is written to; empty if there is none. It is taken out of the pipe. */
void words_last(int fd, char *line, size_t size);

#endif
