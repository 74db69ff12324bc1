#include "fuzz.h"
#include "plans.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    OWN_ARENA arena = {0};
    struct plan plan;
    struct fault fault;
    plan_parse(data, size, &arena, &plan, &fault);
    return 0;
}

/* What a container with a user namespace, an image volume and labels has besides. */
static void plan_mapped(struct buffer *plan) {
    plan_begin(plan);
    size_t mark = put_nested(plan, OP_USER);
    for (uint16_t tag = 1; tag <= 3; tag++) {
        put_number(plan, tag, 100000);
    }
    put_nested_end(plan, mark);
    mark = put_nested(plan, OP_IMAGE);
    put_number(plan, 1, 0);
    put_text(plan, 2, "/layers");
    put_text(plan, 3, "a:b");
    put_number(plan, 4, 1);
    put_nested_end(plan, mark);
    op_source(plan, 1, "/some/root");
    op_hold(plan, "cgroup", 120000);
    mark = put_nested(plan, OP_ENTER);
    put_text(plan, 2, "/bundle");
    put_nested_end(plan, mark);
    op_of_number(plan, OP_ROOT, 1);
    op_of_text(plan, OP_HOLD, "createRuntime");
    mark = put_nested(plan, OP_MOUNT);
    put_number(plan, 1, 0);
    put_text(plan, 2, "/image");
    put_text(plan, 7, "part");
    put_nested_end(plan, mark);
    op_empty(plan, OP_PIVOT);
    op_of_text(plan, OP_APPARMOR, "profile");
    mark = put_nested(plan, OP_START_HOOK);
    put_text(plan, 1, "/bin/hook");
    put_text(plan, 2, "hook");
    put_text(plan, 3, "A=1");
    put_number(plan, 4, 1000);
    put_text(plan, 5, "{");
    put_text(plan, 6, "}");
    put_nested_end(plan, mark);
    op_of_text(plan, OP_ARG, "true");
    op_empty(plan, OP_END);
    plan_end(plan);
}

static void plan_of_runtime(struct buffer *plan) {
    plan_begin(plan);
    op_source(plan, 1, "/some/root");
    size_t mark = put_nested(plan, OP_ENTER);
    put_text(plan, 2, "/bundle");
    put_nested_end(plan, mark);
    op_of_number(plan, OP_ROOT, 1);
    mark = put_nested(plan, OP_RUNTIME);
    put_text(plan, 1, "PATH=/bin");
    put_text(plan, 2, "/sys/fs/cgroup/c");
    put_number(plan, 3, 1000);
    put_number(plan, 10, 1);
    for (uint16_t tag = 4; tag <= 12; tag++) {
        if (tag != 10) {
            put_text(plan, tag, "/bin/runtime");
            put_text(plan, tag, "{}");
        }
    }
    put_nested_end(plan, mark);
    op_of_text(plan, OP_ARG, "true");
    op_empty(plan, OP_END);
    plan_end(plan);
}

bool fuzz_seed(unsigned index, struct buffer *seed) {
    if (index == 0) {
        plan_small(seed);
    } else if (index == 1) {
        plan_mapped(seed);
    } else {
        plan_of_runtime(seed);
    }
    return index < 3;
}
