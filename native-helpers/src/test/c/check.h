/* The smallest test harness: checks are counted, and a failed one says where it stands. */
#ifndef CRIJ_CHECK_H
#define CRIJ_CHECK_H

#include <stdio.h>
#include <string.h>

/* One pair for all files of a program, whichever has it. */
__attribute__((weak)) int checks_passed, checks_failed;

#define CHECK(condition)                                                                    \
    do {                                                                                    \
        if (condition) {                                                                    \
            checks_passed++;                                                                \
        } else {                                                                            \
            checks_failed++;                                                                \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);         \
        }                                                                                   \
    } while (0)

static inline int checks_report(const char *name) {
    printf("%s: %d passed, %d failed\n", name, checks_passed, checks_failed);
    return checks_failed == 0 && checks_passed > 0 ? 0 : 1;
}

#endif
