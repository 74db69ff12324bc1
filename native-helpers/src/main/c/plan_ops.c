/* What operations there are, which fields each has and in which phase it may stand: PROTOCOL.md section 4 as a table. */
#include "plan_ops.h"

#include <stdint.h>

#define ANY_NUMBER INT64_MIN, INT64_MAX
#define U32 0, UINT32_MAX
#define FLAG 0, 1
#define SLOT 0, PLAN_SLOTS - 1
#define MODE 0, 07777
#define PATH_TEXT 1, FIELD_PATH_BYTES
#define LONG_TEXT 1, PAYLOAD_BYTES

#define NUMBER(tag, flags, ...) {tag, FIELD_NUMBER, flags, __VA_ARGS__}
#define TEXT(tag, flags, ...) {tag, FIELD_TEXT, flags, __VA_ARGS__}
#define PATH(tag, flags) {tag, FIELD_PATH, flags, 1, FIELD_PATH_BYTES}
#define BYTES(tag, flags, ...) {tag, FIELD_BYTES, flags, __VA_ARGS__}
#define MUST FIELD_REQUIRED

static const struct field_spec cgroup[] = {PATH(1, MUST)};
static const struct field_spec device_program[] = {PATH(1, MUST), BYTES(2, MUST, 8, 4096 * 8)};
static const struct field_spec join[] = {NUMBER(1, MUST, U32)};
static const struct field_spec oom_score_adj[] = {NUMBER(1, MUST, -1000, 1000)};
static const struct field_spec source[] = {NUMBER(1, MUST, SLOT), PATH(2, MUST), NUMBER(3, 0, FLAG), NUMBER(4, 0, 0, 3),
                                           NUMBER(5, 0, FLAG)};
static const struct field_spec overlay[] = {NUMBER(1, MUST, SLOT), PATH(2, MUST), TEXT(3, MUST, LONG_TEXT),
                                            PATH(4, MUST),         PATH(5, MUST), NUMBER(6, 0, FLAG),     NUMBER(7, 0, FLAG)};
static const struct field_spec user[] = {NUMBER(1, MUST, 1, UINT32_MAX - 1), NUMBER(2, MUST, 1, UINT32_MAX - 1), NUMBER(3, MUST, 1, UINT32_MAX - 1)};
static const struct field_spec image[] = {NUMBER(1, MUST, SLOT), PATH(2, MUST), TEXT(3, MUST, LONG_TEXT), NUMBER(4, 0, FLAG)};
static const struct field_spec hold[] = {TEXT(1, MUST, 1, 64), NUMBER(2, 0, 1, 600000)};
static const struct field_spec enter[] = {NUMBER(1, 0, FLAG), PATH(2, 0)};
static const struct field_spec root[] = {NUMBER(1, MUST, SLOT), NUMBER(2, 0, U32), NUMBER(3, 0, 0, 3)};
static const struct field_spec filesystem[] = {TEXT(1, MUST, 1, 16), PATH(2, MUST), NUMBER(3, 0, U32),
                                               TEXT(4, FIELD_REPEATED, PATH_TEXT), NUMBER(5, 0, 0, 3)};
static const struct field_spec mount[] = {NUMBER(1, MUST, SLOT), PATH(2, MUST),      NUMBER(3, 0, U32),
                                          NUMBER(4, 0, FLAG),    NUMBER(5, 0, 0, 3), NUMBER(6, 0, 0, 2),
                                          TEXT(7, 0, PATH_TEXT)};
static const struct field_spec pod_shm[] = {PATH(1, MUST), NUMBER(2, 0, U32)};
static const struct field_spec folder[] = {PATH(1, MUST), NUMBER(2, MUST, MODE), NUMBER(3, 0, U32), NUMBER(4, 0, U32)};
static const struct field_spec device[] = {PATH(1, MUST),         NUMBER(2, MUST, 1, 3), NUMBER(3, 0, U32), NUMBER(4, 0, U32),
                                           NUMBER(5, MUST, MODE), NUMBER(6, 0, U32),     NUMBER(7, 0, U32)};
static const struct field_spec symlink[] = {PATH(1, MUST), TEXT(2, MUST, PATH_TEXT)};
static const struct field_spec volume[] = {NUMBER(1, MUST, SLOT), PATH(2, MUST), NUMBER(3, 0, U32)};
static const struct field_spec path_only[] = {PATH(1, MUST)};
static const struct field_spec console[] = {NUMBER(1, 0, 0, 65535), NUMBER(2, 0, 0, 65535)};
static const struct field_spec sysctl[] = {TEXT(1, MUST, 1, 256), TEXT(2, MUST, 0, 4096)};
static const struct field_spec pivot[] = {NUMBER(1, 0, FLAG)};
static const struct field_spec rlimit[] = {NUMBER(1, MUST, 0, 15), NUMBER(2, MUST, ANY_NUMBER), NUMBER(3, MUST, ANY_NUMBER)};
static const struct field_spec ids[] = {NUMBER(1, MUST, 0, UINT32_MAX - 1), NUMBER(2, MUST, 0, UINT32_MAX - 1),
                                        NUMBER(3, FIELD_REPEATED, 0, UINT32_MAX - 1)};
static const struct field_spec caps[] = {NUMBER(1, MUST, ANY_NUMBER), NUMBER(2, MUST, ANY_NUMBER), NUMBER(3, MUST, ANY_NUMBER),
                                         NUMBER(4, MUST, ANY_NUMBER), NUMBER(5, MUST, ANY_NUMBER)};
static const struct field_spec seccomp[] = {BYTES(1, MUST, 8, 4096 * 8), NUMBER(2, 0, U32)};
static const struct field_spec env[] = {TEXT(1, MUST, 2, PAYLOAD_BYTES)};
static const struct field_spec arg[] = {TEXT(1, MUST, 0, PAYLOAD_BYTES)};
static const struct field_spec label[] = {TEXT(1, MUST, 1, 1024)};
static const struct field_spec umask_value[] = {NUMBER(1, MUST, 0, 0777)};

/* An hour is more than any start waits. */
static const struct field_spec hook[] = {PATH(1, MUST), TEXT(2, FIELD_REPEATED, 0, PAYLOAD_BYTES), TEXT(3, FIELD_REPEATED, 0, PAYLOAD_BYTES),
                                         NUMBER(4, MUST, 1, 3600 * 1000), TEXT(5, MUST, 0, PAYLOAD_BYTES), TEXT(6, MUST, 0, PAYLOAD_BYTES)};

#define WORDS(tag, flags) {tag, FIELD_TEXT, FIELD_REPEATED | (flags), 0, PAYLOAD_BYTES}
static const struct field_spec runtime[] = {WORDS(1, 0),    PATH(2, 0),     NUMBER(3, MUST, 1, 3600 * 1000), WORDS(4, MUST), WORDS(5, MUST),
                                            WORDS(6, MUST), WORDS(7, 0),    WORDS(8, 0),                     WORDS(9, 0),   NUMBER(10, 0, FLAG),
                                            WORDS(11, 0),   WORDS(12, 0)};

#define COUNT(fields) (uint8_t)(sizeof(fields) / sizeof *(fields))
#define MANY(tag, name, phase, fields) {tag, name, phase, false, COUNT(fields), fields}
#define ONCE(tag, name, phase, fields) {tag, name, phase, true, COUNT(fields), fields}

static const struct op_spec specs[] = {
    MANY(OP_CGROUP, "cgroup", PHASE_HOST, cgroup),
    MANY(OP_DEVICE_PROGRAM, "device_program", PHASE_HOST, device_program),
    ONCE(OP_JOIN, "join", PHASE_HOST, join),
    ONCE(OP_OOM_SCORE_ADJ, "oom_score_adj", PHASE_HOST, oom_score_adj),
    MANY(OP_SOURCE, "source", PHASE_HOST, source),
    MANY(OP_OVERLAY, "overlay", PHASE_HOST, overlay),
    ONCE(OP_USER, "user", PHASE_HOST, user),
    MANY(OP_IMAGE, "image", PHASE_HOST, image),
    MANY(OP_HOLD, "hold", PHASE_HOST, hold), /* or later: see the order's check */
    ONCE(OP_ENTER, "enter", PHASE_ENTER, enter),
    ONCE(OP_ROOT, "root", PHASE_SEED, root),
    MANY(OP_FILESYSTEM, "filesystem", PHASE_SEED, filesystem),
    MANY(OP_MOUNT, "mount", PHASE_SEED, mount),
    MANY(OP_POD_SHM, "pod_shm", PHASE_SEED, pod_shm),
    MANY(OP_FOLDER, "folder", PHASE_SEED, folder),
    MANY(OP_DEVICE, "device", PHASE_SEED, device),
    MANY(OP_SYMLINK, "symlink", PHASE_SEED, symlink),
    MANY(OP_VOLUME, "volume", PHASE_SEED, volume),
    MANY(OP_MASK, "mask", PHASE_SEED, path_only),
    MANY(OP_READONLY, "readonly", PHASE_SEED, path_only),
    ONCE(OP_CONSOLE, "console", PHASE_SEED, console),
    MANY(OP_SYSCTL, "sysctl", PHASE_SEED, sysctl),
    MANY(OP_CREATE_HOOK, "create_hook", PHASE_SEED, hook),
    ONCE(OP_PIVOT, "pivot", PHASE_PIVOT, pivot),
    ONCE(OP_RUNTIME, "runtime", PHASE_PIVOT, runtime),
    MANY(OP_RLIMIT, "rlimit", PHASE_CONTAINER, rlimit),
    ONCE(OP_CWD, "cwd", PHASE_CONTAINER, path_only),
    ONCE(OP_IDS, "ids", PHASE_CONTAINER, ids),
    ONCE(OP_CAPS, "caps", PHASE_CONTAINER, caps),
    {OP_NO_NEW_PRIVS, "no_new_privs", PHASE_CONTAINER, true, 0, NULL},
    ONCE(OP_SECCOMP, "seccomp", PHASE_CONTAINER, seccomp),
    MANY(OP_ENV, "env", PHASE_CONTAINER, env),
    MANY(OP_ARG, "arg", PHASE_CONTAINER, arg),
    ONCE(OP_UMASK, "umask", PHASE_CONTAINER, umask_value),
    ONCE(OP_APPARMOR, "apparmor", PHASE_CONTAINER, label),
    MANY(OP_START_HOOK, "start_hook", PHASE_CONTAINER, hook),
    {OP_END, "end", PHASE_END, true, 0, NULL},
};

const struct op_spec *op_spec_of(uint16_t tag) {
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        if (specs[i].tag == tag) {
            return &specs[i];
        }
    }
    return NULL;
}
