#include <errno.h>

#include "check.h"
#include "hook.h"
#include "plans.h"

static struct fault fault;

static int parses(struct buffer *buffer) {
    OWN_ARENA arena = {0};
    struct plan plan;
    fault = (struct fault){.op = -1};
    int result = plan_parse(buffer->data, buffer->length, &arena, &plan, &fault);
    buffer_free(buffer);
    return result;
}

static void small_plan(void) {
    OWN_ARENA arena = {0};
    struct buffer buffer = {0};
    struct plan plan;
    plan_small(&buffer);
    CHECK(plan_parse(buffer.data, buffer.length, &arena, &plan, &fault) == 0);
    CHECK(plan.op_count == 8 && plan.arg_count == 1 && plan.env_count == 1 && !plan.has_console);
    CHECK(plan.ops[0].spec->tag == OP_SOURCE && strcmp(op_text(&plan.ops[0], 1), "/some/root") == 0);
    CHECK(op_number_or(&plan.ops[2], 2, 9) == 9);
    buffer_free(&buffer);
}

static void headers(void) {
    struct buffer b = {0};
    plan_small(&b);
    b.data[0] = 'X';
    CHECK(parses(&b) != 0);
    plan_small(&b);
    b.data[8] = 2;
    CHECK(parses(&b) != 0);
    plan_small(&b);
    b.length--;
    CHECK(parses(&b) != 0);
    plan_small(&b);
    set_u32(b.data + 12, 5);
    CHECK(parses(&b) != 0);
    CHECK(plan_parse((const uint8_t *)"CRIJ", 4, &(struct arena){0}, &(struct plan){0}, &fault) != 0);
}

/* Each of these adds one wrong thing at the place of the mark in an otherwise whole plan. */
enum place { AT_START, AFTER_SOURCE, AFTER_ENTER, AFTER_ROOT, AFTER_PIVOT, AFTER_END };

static int parses_with(enum place place, void (*add)(struct buffer *buffer)) {
    struct buffer b = {0};
    plan_begin(&b);
    if (place == AT_START) add(&b);
    op_source(&b, 0, "/r");
    if (place == AFTER_SOURCE) add(&b);
    op_empty(&b, OP_ENTER);
    if (place == AFTER_ENTER) add(&b);
    op_of_number(&b, OP_ROOT, 0);
    if (place == AFTER_ROOT) add(&b);
    op_empty(&b, OP_PIVOT);
    if (place == AFTER_PIVOT) add(&b);
    op_of_text(&b, OP_ARG, "true");
    op_empty(&b, OP_END);
    if (place == AFTER_END) add(&b);
    plan_end(&b);
    return parses(&b);
}

static void add_nothing(struct buffer *b) { (void)b; }
static void add_unknown(struct buffer *b) { op_empty(b, 60); }
static void add_source_again(struct buffer *b) { op_source(b, 0, "/s"); }
static void add_mount_of_empty(struct buffer *b) {
    size_t mark = put_nested(b, OP_MOUNT);
    put_number(b, 1, 5);
    put_text(b, 2, "/m");
    put_nested_end(b, mark);
}
static void add_slot_out_of_range(struct buffer *b) { op_source(b, PLAN_SLOTS, "/s"); }
static void add_proc(struct buffer *b) { op_filesystem(b, "proc", "/proc"); }
static void add_ext4(struct buffer *b) { op_filesystem(b, "ext4", "/x"); }
static void add_mask(struct buffer *b) { op_of_text(b, OP_MASK, "/proc/kcore"); }
static void add_bad_env(struct buffer *b) { op_of_text(b, OP_ENV, "NOVALUE"); }
static void add_env_without_name(struct buffer *b) { op_of_text(b, OP_ENV, "=x"); }
static void add_umask(struct buffer *b) { op_of_number(b, OP_UMASK, 022); }
static void add_umask_twice(struct buffer *b) { add_umask(b); add_umask(b); }
static void add_join_user(struct buffer *b) { op_of_number(b, OP_JOIN, 0x10000000); }
static void add_device(struct buffer *b, const char *path) {
    size_t mark = put_nested(b, OP_DEVICE);
    put_text(b, 1, path);
    put_number(b, 2, 1);
    put_number(b, 5, 0666);
    put_nested_end(b, mark);
}
static void add_good_device(struct buffer *b) { add_device(b, "/dev/sub/null"); }
static void add_device_outside(struct buffer *b) { add_device(b, "/devious"); }
static void add_device_escaping(struct buffer *b) { add_device(b, "/dev/../etc/x"); }
static void add_odd_filter(struct buffer *b) {
    size_t mark = put_nested(b, OP_SECCOMP);
    put_bytes(b, 1, "123456789", 9);
    put_nested_end(b, mark);
}
static void add_extra_field(struct buffer *b) {
    size_t mark = put_nested(b, OP_MASK);
    put_text(b, 1, "/x");
    put_number(b, 7, 1);
    put_nested_end(b, mark);
}

static void add_user(struct buffer *b) {
    size_t mark = put_nested(b, OP_USER);
    put_number(b, 1, 100000);
    put_number(b, 2, 200000);
    put_number(b, 3, 100001);
    put_nested_end(b, mark);
}
static void add_user_of_the_host(struct buffer *b) {
    size_t mark = put_nested(b, OP_USER);
    put_number(b, 1, 0);
    put_number(b, 2, 0);
    put_number(b, 3, 0);
    put_nested_end(b, mark);
}
static void add_mapped_source(struct buffer *b) {
    size_t mark = put_nested(b, OP_SOURCE);
    put_number(b, 1, 1);
    put_text(b, 2, "/s");
    put_number(b, 5, 1);
    put_nested_end(b, mark);
}
static void add_user_and_source(struct buffer *b) { add_user(b); add_mapped_source(b); }
static void add_user_twice(struct buffer *b) { add_user(b); add_user(b); }
static void add_image(struct buffer *b) {
    size_t mark = put_nested(b, OP_IMAGE);
    put_number(b, 1, 1);
    put_text(b, 2, "/layers");
    put_text(b, 3, "a:b");
    put_nested_end(b, mark);
}
static void add_image_twice(struct buffer *b) { add_image(b); add_image(b); }
static void add_hold(struct buffer *b) { op_of_text(b, OP_HOLD, "createRuntime"); }
static void add_holds(struct buffer *b) { add_hold(b); op_hold(b, "cgroup", 600000); add_hold(b); }
static void add_hold_without_name(struct buffer *b) { op_of_text(b, OP_HOLD, ""); }
static void add_hold_of_no_time(struct buffer *b) { op_hold(b, "x", 0); }
static void add_endless_hold(struct buffer *b) { op_hold(b, "x", 600001); }
static void add_hold_of_long_name(struct buffer *b) {
    char name[66];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    op_of_text(b, OP_HOLD, name);
}
static void add_labels(struct buffer *b) { op_of_text(b, OP_APPARMOR, "profile"); }
static void add_long_label(struct buffer *b) {
    char label[1026];
    memset(label, 'x', sizeof label - 1);
    label[sizeof label - 1] = '\0';
    op_of_text(b, OP_APPARMOR, label);
}

static void add_hook(struct buffer *b, uint16_t tag, int64_t timeout) {
    size_t mark = put_nested(b, tag);
    put_text(b, 1, "/bin/hook");
    put_number(b, 4, timeout);
    put_text(b, 5, "{");
    put_text(b, 6, "}");
    put_nested_end(b, mark);
}
static void add_create_hook(struct buffer *b) { add_hook(b, OP_CREATE_HOOK, 1000); }
static void add_start_hooks(struct buffer *b) { add_hook(b, OP_START_HOOK, 1000); add_hook(b, OP_START_HOOK, 1); }
static void add_endless_hook(struct buffer *b) { add_hook(b, OP_START_HOOK, 0); }

static void hooks(void) {
    struct buffer b = {0};
    plan_begin(&b);
    op_source(&b, 0, "/r");
    size_t mark = put_nested(&b, OP_ENTER);
    put_text(&b, 2, "/bundle");
    put_nested_end(&b, mark);
    op_of_number(&b, OP_ROOT, 0);
    add_create_hook(&b);
    op_empty(&b, OP_PIVOT);
    op_of_text(&b, OP_ARG, "true");
    op_empty(&b, OP_END);
    plan_end(&b);
    CHECK(parses(&b) == 0);
    CHECK(parses_with(AFTER_ROOT, add_create_hook) != 0); /* without a bundle */
    CHECK(parses_with(AFTER_PIVOT, add_create_hook) != 0);
    CHECK(parses_with(AFTER_PIVOT, add_start_hooks) == 0);
    CHECK(parses_with(AFTER_PIVOT, add_endless_hook) != 0);
}

static void add_runtime(struct buffer *b, const char *create, bool whole) {
    size_t mark = put_nested(b, OP_RUNTIME);
    put_number(b, 3, 1000);
    put_text(b, 4, create);
    put_text(b, 4, "create");
    put_text(b, 5, "/bin/runtime");
    if (whole) {
        put_text(b, 6, "/bin/runtime");
    }
    put_nested_end(b, mark);
}
static void add_whole_runtime(struct buffer *b) { add_runtime(b, "/bin/runtime", true); }
static void add_two_runtimes(struct buffer *b) { add_whole_runtime(b); add_whole_runtime(b); }
static void add_part_of_runtime(struct buffer *b) { add_runtime(b, "/bin/runtime", false); }
static void add_relative_runtime(struct buffer *b) { add_runtime(b, "runtime", true); }
static void add_runtime_and_pivot(struct buffer *b) { add_whole_runtime(b); op_empty(b, OP_PIVOT); }

static int parses_in_bundle(void (*before)(struct buffer *), void (*add)(struct buffer *)) {
    struct buffer b = {0};
    plan_begin(&b);
    op_source(&b, 0, "/r");
    if (before != NULL) {
        before(&b);
    }
    size_t mark = put_nested(&b, OP_ENTER);
    put_text(&b, 2, "/bundle");
    put_nested_end(&b, mark);
    op_of_number(&b, OP_ROOT, 0);
    add(&b);
    op_of_text(&b, OP_ARG, "true");
    op_empty(&b, OP_END);
    plan_end(&b);
    return parses(&b);
}

static void runtimes(void) {
    CHECK(parses_in_bundle(NULL, add_whole_runtime) == 0);
    CHECK(parses_in_bundle(add_user, add_whole_runtime) != 0);
    CHECK(parses_in_bundle(NULL, add_two_runtimes) != 0);
    CHECK(parses_in_bundle(NULL, add_runtime_and_pivot) != 0);
    CHECK(parses_in_bundle(NULL, add_part_of_runtime) != 0);
    CHECK(parses_in_bundle(NULL, add_relative_runtime) != 0);
    CHECK(parses_with(AFTER_ROOT, add_whole_runtime) != 0); /* without a bundle, and before a pivot */
}

static bool last_line_is(const char *output, const char *expected) {
    char line[16];
    hook_last_line(output, strlen(output), line, sizeof line);
    return strcmp(line, expected) == 0;
}

static void last_lines(void) {
    CHECK(last_line_is("", "") && last_line_is("\n\n", "") && last_line_is("one", "one") && last_line_is("one\ntwo\n\n", "two"));
    CHECK(last_line_is("a\tb\033[0mc\xc3\xa4.\r\n", "a?b?[0mc??."));
    CHECK(last_line_is("a very long line of words", "a very long lin"));
}

static void rules(void) {
    CHECK(parses_with(AT_START, add_user_and_source) == 0);
    CHECK(parses_with(AT_START, add_mapped_source) != 0);
    CHECK(parses_with(AT_START, add_user_of_the_host) != 0);
    CHECK(parses_with(AT_START, add_user_twice) != 0);
    CHECK(parses_with(AFTER_ROOT, add_user) != 0);
    CHECK(parses_with(AT_START, add_image) == 0);
    CHECK(parses_with(AT_START, add_image_twice) != 0);
    CHECK(parses_with(AT_START, add_holds) == 0 && parses_with(AFTER_ENTER, add_holds) == 0 && parses_with(AFTER_ROOT, add_holds) == 0);
    CHECK(parses_with(AFTER_PIVOT, add_hold) != 0 && parses_with(AFTER_END, add_hold) != 0);
    CHECK(parses_with(AT_START, add_hold_without_name) != 0 && parses_with(AT_START, add_hold_of_long_name) != 0);
    CHECK(parses_with(AT_START, add_hold_of_no_time) != 0 && parses_with(AT_START, add_endless_hold) != 0);
    CHECK(parses_with(AFTER_PIVOT, add_labels) == 0);
    CHECK(parses_with(AFTER_PIVOT, add_long_label) != 0);
    CHECK(parses_with(AT_START, add_nothing) == 0);
    CHECK(parses_with(AFTER_ROOT, add_proc) == 0);
    CHECK(parses_with(AFTER_ROOT, add_good_device) == 0);
    CHECK(parses_with(AFTER_PIVOT, add_umask) == 0);
    CHECK(parses_with(AFTER_ROOT, add_unknown) != 0 && fault.err == ENOSYS && fault.op == 3);
    CHECK(parses_with(AFTER_SOURCE, add_source_again) != 0);
    CHECK(parses_with(AFTER_ROOT, add_source_again) != 0);
    CHECK(parses_with(AFTER_ROOT, add_mount_of_empty) != 0);
    CHECK(parses_with(AT_START, add_slot_out_of_range) != 0);
    CHECK(parses_with(AFTER_ENTER, add_proc) != 0);
    CHECK(parses_with(AFTER_ROOT, add_ext4) != 0);
    CHECK(parses_with(AFTER_PIVOT, add_mask) != 0);
    CHECK(parses_with(AFTER_PIVOT, add_bad_env) != 0);
    CHECK(parses_with(AFTER_PIVOT, add_env_without_name) != 0);
    CHECK(parses_with(AFTER_PIVOT, add_umask_twice) != 0);
    CHECK(parses_with(AFTER_END, add_umask) != 0);
    CHECK(parses_with(AT_START, add_join_user) != 0);
    CHECK(parses_with(AFTER_ROOT, add_device_outside) != 0);
    CHECK(parses_with(AFTER_ROOT, add_device_escaping) != 0);
    CHECK(parses_with(AFTER_PIVOT, add_odd_filter) != 0);
    CHECK(parses_with(AFTER_ROOT, add_extra_field) != 0);
}

static void too_many(void) {
    struct buffer b = {0};
    plan_begin(&b);
    for (int i = 0; i <= PLAN_OPERATIONS; i++) {
        op_of_text(&b, OP_CGROUP, "/x");
    }
    plan_end(&b);
    CHECK(parses(&b) != 0 && fault.err == E2BIG);
}

static void incomplete(void) {
    struct buffer b = {0};
    plan_begin(&b);
    op_source(&b, 0, "/r");
    plan_end(&b);
    CHECK(parses(&b) != 0);
    plan_begin(&b);
    plan_end(&b);
    CHECK(parses(&b) != 0);
}

int main(void) {
    small_plan();
    headers();
    rules();
    hooks();
    runtimes();
    last_lines();
    too_many();
    incomplete();
    return checks_report("plan");
}
