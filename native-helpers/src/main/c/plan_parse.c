#include "plan_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "own.h"

#define JOINABLE ((int64_t)(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS))

enum slot_state { SLOT_EMPTY, SLOT_FILLED, SLOT_USED };

struct checker {
    struct plan *plan;
    enum plan_phase phase;
    uint64_t seen; /* bit per tag, all of which are below 64 */
    uint8_t slots[PLAN_SLOTS];
};

static int rule(struct fault *fault, const struct plan_op *op, const char *why) {
    return fault_set(fault, EINVAL, op->spec->name, why);
}

static int fill_slot(struct checker *checker, const struct plan_op *op, struct fault *fault) {
    uint8_t *slot = &checker->slots[op_number(op, 0)];
    if (*slot != SLOT_EMPTY) {
        return rule(fault, op, "the slot is filled twice");
    }
    *slot = SLOT_FILLED;
    return 0;
}

static int use_slot(struct checker *checker, const struct plan_op *op, struct fault *fault) {
    uint8_t *slot = &checker->slots[op_number(op, 0)];
    if (*slot != SLOT_FILLED) {
        return rule(fault, op, *slot == SLOT_EMPTY ? "the slot is empty" : "the slot is used twice");
    }
    *slot = SLOT_USED;
    return 0;
}

/* No component of the path is `..`, and it is neither `/` nor ends with a slash. */
static bool is_plain(const char *path) {
    size_t length = strlen(path);
    return length > 1 && path[length - 1] != '/' && strstr(path, "/../") == NULL &&
           (length < 3 || strcmp(path + length - 3, "/..") != 0);
}

static bool is_filesystem(const char *type) {
    static const char *const known[] = {"proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup2"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(type, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Owners are mapped by the user namespace that USER names. */
static int check_mapped(const struct checker *checker, const struct plan_op *op, unsigned flag, struct fault *fault) {
    return op_number(op, flag) != 0 && checker->plan->user == NULL ? rule(fault, op, "stands before user, which says how ids are mapped") : 0;
}

/* The first word of each command is the program's path; the runtime has its own user namespace or none. */
static int check_runtime(struct checker *checker, const struct plan_op *op, struct fault *fault) {
    for (unsigned i = 3; i < 12; i++) {
        if (i != 9 && op->values[i].count > 0 && op->values[i].texts[0][0] != '/') {
            return rule(fault, op, "a command does not begin with an absolute path");
        }
    }
    if (checker->plan->bundle == NULL || checker->plan->user != NULL) {
        return rule(fault, op, "needs a bundle, and cannot be in the pod's user namespace");
    }
    checker->plan->runtime = op;
    return 0;
}

/* Rules of single operations that the table of fields cannot say. */
static int check_op(struct checker *checker, const struct plan_op *op, struct fault *fault) {
    switch (op->spec->tag) {
    case OP_SOURCE:
        return check_mapped(checker, op, 4, fault) != 0 ? -1 : fill_slot(checker, op, fault);
    case OP_OVERLAY:
        return check_mapped(checker, op, 6, fault) != 0 ? -1 : fill_slot(checker, op, fault);
    case OP_IMAGE:
        return check_mapped(checker, op, 3, fault) != 0 ? -1 : fill_slot(checker, op, fault);
    case OP_USER:
        checker->plan->user = op;
        return 0;
    case OP_ROOT:
    case OP_MOUNT:
    case OP_VOLUME:
        return use_slot(checker, op, fault);
    case OP_JOIN:
        return (op_number(op, 0) & ~JOINABLE) != 0 ? rule(fault, op, "only net, ipc and uts can be joined") : 0;
    case OP_DEVICE_PROGRAM:
        return op->values[1].length % 8 != 0 ? rule(fault, op, "the program is not a whole number of instructions") : 0;
    case OP_SECCOMP:
        return op->values[0].length % 8 != 0 ? rule(fault, op, "the filter is not a whole number of instructions") : 0;
    case OP_FILESYSTEM:
        return is_filesystem(op_text(op, 0)) ? 0 : rule(fault, op, "no such type of filesystem");
    case OP_DEVICE:
        return strncmp(op_text(op, 0), "/dev/", 5) == 0 && is_plain(op_text(op, 0)) ? 0 : rule(fault, op, "the path is not below /dev");
    case OP_FOLDER:
    case OP_SYMLINK:
        return is_plain(op_text(op, 0)) ? 0 : rule(fault, op, "the path has no plain last name");
    case OP_CONSOLE:
        checker->plan->has_console = true;
        return 0;
    case OP_APPARMOR:
        checker->plan->has_label = true;
        return 0;
    case OP_ENTER:
        checker->plan->bundle = op->values[1].count > 0 ? op_text(op, 1) : NULL;
        return 0;
    case OP_RUNTIME:
        return check_runtime(checker, op, fault);
    case OP_CREATE_HOOK:
        return checker->plan->bundle == NULL ? rule(fault, op, "needs a bundle") : 0;
    case OP_ENV:
        checker->plan->env_count++;
        return strchr(op_text(op, 0) + 1, '=') == NULL || op_text(op, 0)[0] == '=' ? rule(fault, op, "not NAME=value") : 0;
    case OP_ARG:
        checker->plan->arg_count++;
        return 0;
    default:
        return 0;
    }
}

static int check_order(struct checker *checker, const struct plan_op *op, struct fault *fault) {
    const struct op_spec *spec = op->spec;
    uint64_t bit = (uint64_t)1 << spec->tag;
    if (spec->tag == OP_HOLD) {
        return checker->phase > PHASE_SEED ? rule(fault, op, "stands after pivot") : 0;
    }
    if (spec->phase < checker->phase) {
        return rule(fault, op, "stands after a later phase");
    }
    if (spec->phase == PHASE_PIVOT && (checker->seen & ((uint64_t)1 << OP_PIVOT | (uint64_t)1 << OP_RUNTIME)) != 0) {
        return rule(fault, op, "either pivot or runtime, once");
    }
    if (spec->once && (checker->seen & bit) != 0) {
        return rule(fault, op, "is there twice");
    }
    checker->phase = spec->phase;
    checker->seen |= bit;
    if (spec->phase >= PHASE_SEED && (checker->seen & (uint64_t)1 << OP_ENTER) == 0) {
        return rule(fault, op, "stands before enter");
    }
    if (spec->phase >= PHASE_SEED && spec->tag != OP_SYSCTL && (checker->seen & (uint64_t)1 << OP_ROOT) == 0) {
        return rule(fault, op, "stands before root");
    }
    if (spec->phase >= PHASE_CONTAINER && (checker->seen & ((uint64_t)1 << OP_PIVOT | (uint64_t)1 << OP_RUNTIME)) == 0) {
        return rule(fault, op, "stands before pivot");
    }
    return 0;
}

static int parse_op(struct checker *checker, const struct field *field, struct arena *arena, struct fault *fault) {
    struct plan *plan = checker->plan;
    struct plan_op *op = &plan->ops[plan->op_count];
    op->spec = op_spec_of(field->tag);
    if (op->spec == NULL) {
        return fault_set(fault, ENOSYS, "parse", "an unknown operation");
    }
    op->values = arena_take(arena, ((size_t)op->spec->field_count + 1) * sizeof *op->values);
    if (op->values == NULL) {
        return fault_set(fault, ENOMEM, "parse", "");
    }
    if (fields_read(op->spec->fields, op->spec->field_count, field->value, field->length, true, arena, op->values, fault) != 0 ||
        check_order(checker, op, fault) != 0 || check_op(checker, op, fault) != 0) {
        return -1;
    }
    plan->op_count++;
    return 0;
}

static int count_ops(const uint8_t *body, const uint8_t *end, uint32_t *count, struct fault *fault) {
    struct field field;
    int more;
    *count = 0;
    while ((more = field_next(&body, end, &field)) == 1) {
        if (++*count > PLAN_OPERATIONS) {
            return fault_set(fault, E2BIG, "parse", "the plan has more than 4096 operations");
        }
    }
    return more == 0 ? 0 : fault_set(fault, EBADMSG, "parse", "an operation ends after the end of the plan");
}

int plan_parse(const uint8_t *data, size_t length, struct arena *arena, struct plan *plan, struct fault *fault) {
    *plan = (struct plan){0};
    if (length < PLAN_HEADER_BYTES || memcmp(data, "CRIJPLAN", 8) != 0 || get_u32(data + 8) != 1) {
        return fault_set(fault, EBADMSG, "parse", "not a plan of version 1");
    }
    const uint8_t *body = data + PLAN_HEADER_BYTES;
    const uint8_t *end = data + length;
    if (length - PLAN_HEADER_BYTES > PAYLOAD_BYTES || get_u32(data + 12) != length - PLAN_HEADER_BYTES) {
        return fault_set(fault, EBADMSG, "parse", "the plan's length is wrong");
    }
    uint32_t count;
    if (count_ops(body, end, &count, fault) != 0) {
        return -1;
    }
    plan->ops = arena_take(arena, ((size_t)count + 1) * sizeof *plan->ops);
    if (plan->ops == NULL) {
        return fault_set(fault, ENOMEM, "parse", "");
    }
    struct checker checker = {.plan = plan, .phase = PHASE_HOST};
    struct field field;
    while (field_next(&body, end, &field) == 1) {
        if (parse_op(&checker, &field, arena, fault) != 0) {
            fault->op = (int)plan->op_count;
            return -1;
        }
    }
    if (plan->arg_count == 0 || checker.phase != PHASE_END) {
        return fault_set(fault, EINVAL, "parse", plan->arg_count == 0 ? "the plan has no argument" : "the plan has no end");
    }
    return 0;
}

int plan_load(const char *path, struct arena *arena, struct plan *plan, struct fault *fault) {
    OWN_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        return fault_errno(fault, "plan", path);
    }
    if (!S_ISREG(status.st_mode) || status.st_size > (off_t)PAYLOAD_BYTES + (off_t)PLAN_HEADER_BYTES) {
        return fault_set(fault, EFBIG, "plan", path);
    }
    size_t size = (size_t)status.st_size;
    uint8_t *data = arena_take(arena, size + 1);
    if (data == NULL) {
        return fault_set(fault, ENOMEM, "plan", path);
    }
    size_t length = 0;
    while (length < size) {
        ssize_t count = read(fd, data + length, size - length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return count < 0 ? fault_errno(fault, "plan", path) : fault_set(fault, EBADMSG, "plan", path);
        }
        length += (size_t)count;
    }
    return plan_parse(data, length, arena, plan, fault);
}
