/* The launch plan (PROTOCOL.md section 4): parsed and checked as a whole before anything of it is done. */
#ifndef CRIJ_PLAN_H
#define CRIJ_PLAN_H

#include "fields.h"

#define PLAN_SLOTS 512
#define PLAN_OPERATIONS 4096
#define PLAN_HEADER_BYTES 16u

enum plan_tag {
    OP_CGROUP = 1, OP_DEVICE_PROGRAM = 2, OP_JOIN = 3, OP_OOM_SCORE_ADJ = 4, OP_SOURCE = 5, OP_OVERLAY = 6,
    OP_USER = 7, OP_IMAGE = 8, OP_HOLD = 9,
    OP_ENTER = 10, OP_ROOT = 11, OP_FILESYSTEM = 12, OP_MOUNT = 13, OP_POD_SHM = 14, OP_FOLDER = 15, OP_DEVICE = 16,
    OP_SYMLINK = 17, OP_VOLUME = 18, OP_MASK = 19, OP_READONLY = 20, OP_CONSOLE = 21, OP_SYSCTL = 22,
    OP_CREATE_HOOK = 25, OP_RUNTIME = 29,
    OP_PIVOT = 30, OP_RLIMIT = 31, OP_CWD = 32, OP_IDS = 33, OP_CAPS = 34, OP_NO_NEW_PRIVS = 35, OP_SECCOMP = 36,
    OP_ENV = 37, OP_ARG = 38, OP_UMASK = 39,
    OP_APPARMOR = 40, OP_START_HOOK = 42, OP_END = 63
};

enum plan_phase { PHASE_HOST, PHASE_ENTER, PHASE_SEED, PHASE_PIVOT, PHASE_CONTAINER, PHASE_END };

struct op_spec {
    uint16_t tag;
    const char *name;
    enum plan_phase phase;
    bool once; /* at most one in a plan */
    uint8_t field_count;
    const struct field_spec *fields;
};

struct plan_op {
    const struct op_spec *spec;
    struct field_value *values; /* values[i] belongs to spec->fields[i] */
};

struct plan {
    struct plan_op *ops;
    uint32_t op_count;
    uint32_t arg_count, env_count;
    bool has_console;
    bool has_label; /* of AppArmor, for the program */
    const struct plan_op *runtime; /* the RUNTIME operation, NULL without one */
    const char *bundle; /* of ENTER, NULL without one */
    const struct plan_op *user; /* the USER operation, NULL without one */
};

/* `data` must stay while the plan is used: programs point into it. */
int plan_parse(const uint8_t *data, size_t length, struct arena *arena, struct plan *plan, struct fault *fault);

/* Reads the file and parses it; its bytes live in the arena. */
int plan_load(const char *path, struct arena *arena, struct plan *plan, struct fault *fault);

static inline int64_t op_number(const struct plan_op *op, unsigned i) {
    return op->values[i].number;
}

static inline const char *op_text(const struct plan_op *op, unsigned i) {
    return op->values[i].text;
}

static inline int64_t op_number_or(const struct plan_op *op, unsigned i, int64_t absent) {
    return op->values[i].count > 0 ? op->values[i].number : absent;
}

#endif
