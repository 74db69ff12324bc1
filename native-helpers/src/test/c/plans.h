/* Builds plans for tests. */
#ifndef CRIJ_PLANS_H
#define CRIJ_PLANS_H

#include "plan.h"

static inline void plan_begin(struct buffer *plan) {
    uint8_t version_and_length[8] = {1};
    buffer_append(plan, "CRIJPLAN", 8);
    buffer_append(plan, version_and_length, 8);
}

static inline void plan_end(struct buffer *plan) {
    set_u32(plan->data + 12, (uint32_t)(plan->length - PLAN_HEADER_BYTES));
}

static inline void op_empty(struct buffer *plan, uint16_t tag) {
    put_nested_end(plan, put_nested(plan, tag));
}

static inline void op_of_number(struct buffer *plan, uint16_t tag, int64_t number) {
    size_t mark = put_nested(plan, tag);
    put_number(plan, 1, number);
    put_nested_end(plan, mark);
}

static inline void op_of_text(struct buffer *plan, uint16_t tag, const char *text) {
    size_t mark = put_nested(plan, tag);
    put_text(plan, 1, text);
    put_nested_end(plan, mark);
}

static inline void op_source(struct buffer *plan, int64_t slot, const char *path) {
    size_t mark = put_nested(plan, OP_SOURCE);
    put_number(plan, 1, slot);
    put_text(plan, 2, path);
    put_nested_end(plan, mark);
}

static inline void op_filesystem(struct buffer *plan, const char *type, const char *target) {
    size_t mark = put_nested(plan, OP_FILESYSTEM);
    put_text(plan, 1, type);
    put_text(plan, 2, target);
    put_nested_end(plan, mark);
}

static inline void op_hold(struct buffer *plan, const char *name, int64_t patience_ms) {
    size_t mark = put_nested(plan, OP_HOLD);
    put_text(plan, 1, name);
    put_number(plan, 2, patience_ms);
    put_nested_end(plan, mark);
}

/* The shortest plan that is whole. */
static inline void plan_small(struct buffer *plan) {
    plan_begin(plan);
    op_source(plan, 0, "/some/root");
    op_empty(plan, OP_ENTER);
    op_of_number(plan, OP_ROOT, 0);
    op_filesystem(plan, "proc", "/proc");
    op_empty(plan, OP_PIVOT);
    op_of_text(plan, OP_ENV, "PATH=/bin");
    op_of_text(plan, OP_ARG, "true");
    op_empty(plan, OP_END);
    plan_end(plan);
}

#endif
