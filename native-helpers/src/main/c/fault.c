#include "fault.h"

#include <errno.h>
#include <string.h>

static void copy_cut(char *to, size_t size, const char *from) {
    size_t length = strnlen(from, size - 1);
    memcpy(to, from, length);
    to[length] = '\0';
}

int fault_set(struct fault *fault, int err, const char *stage, const char *what) {
    fault->err = err;
    fault->op = -1;
    copy_cut(fault->stage, sizeof fault->stage, stage);
    copy_cut(fault->what, sizeof fault->what, what != NULL ? what : "");
    return -1;
}

int fault_errno(struct fault *fault, const char *stage, const char *what) {
    return fault_set(fault, errno, stage, what);
}
