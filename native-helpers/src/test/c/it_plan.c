/* The plans of the root test's containers. */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "it_pod.h"
#include "plans.h"

static void op_overlay(struct buffer *plan, int64_t slot) {
    size_t mark = put_nested(plan, OP_OVERLAY);
    put_number(plan, 1, slot);
    put_text(plan, 2, in_base("layers"));
    put_text(plan, 3, wish.lower);
    put_text(plan, 4, in_base("upper"));
    put_text(plan, 5, in_base("work"));
    put_number(plan, 6, 1);
    put_number(plan, 7, mapped);
    put_nested_end(plan, mark);
}

static void op_user(struct buffer *plan, int64_t stdio) {
    size_t mark = put_nested(plan, OP_USER);
    put_number(plan, 1, FIRST);
    put_number(plan, 2, FIRST);
    put_number(plan, 3, stdio);
    put_nested_end(plan, mark);
}

static void op_image(struct buffer *plan, int64_t slot, const char *layers) {
    size_t mark = put_nested(plan, OP_IMAGE);
    put_number(plan, 1, slot);
    put_text(plan, 2, in_base("layers"));
    put_text(plan, 3, layers);
    put_number(plan, 4, mapped);
    put_nested_end(plan, mark);
}

static void op_source_mapped(struct buffer *plan, int64_t slot, const char *path) {
    size_t mark = put_nested(plan, OP_SOURCE);
    put_number(plan, 1, slot);
    put_text(plan, 2, path);
    put_number(plan, 5, mapped);
    put_nested_end(plan, mark);
}

static void op_slot_to(struct buffer *plan, uint16_t tag, int64_t slot, const char *target) {
    size_t mark = put_nested(plan, tag);
    put_number(plan, 1, slot);
    put_text(plan, 2, target);
    put_nested_end(plan, mark);
}

static void op_part_to(struct buffer *plan, int64_t slot, const char *target, const char *below) {
    size_t mark = put_nested(plan, OP_MOUNT);
    put_number(plan, 1, slot);
    put_text(plan, 2, target);
    put_number(plan, 3, MOUNT_ATTR_RDONLY);
    put_text(plan, 7, below);
    put_nested_end(plan, mark);
}

static void op_null(struct buffer *plan) {
    size_t mark = put_nested(plan, OP_DEVICE);
    put_text(plan, 1, "/dev/null");
    put_number(plan, 2, 1);
    put_number(plan, 3, 1);
    put_number(plan, 4, 3);
    put_number(plan, 5, 0666);
    put_nested_end(plan, mark);
}

static void op_caps(struct buffer *plan, int64_t mask) {
    size_t mark = put_nested(plan, OP_CAPS);
    for (uint16_t tag = 1; tag <= 5; tag++) {
        put_number(plan, tag, tag == 1 ? mask : 0);
    }
    put_nested_end(plan, mark);
}

static void op_ids(struct buffer *plan, int64_t uid, int64_t gid) {
    size_t mark = put_nested(plan, OP_IDS);
    put_number(plan, 1, uid);
    put_number(plan, 2, gid);
    put_number(plan, 3, 99);
    put_nested_end(plan, mark);
}

static void op_hook(struct buffer *plan, uint16_t tag, const char *script) {
    size_t mark = put_nested(plan, tag);
    put_text(plan, 1, wish.hook_program != NULL ? wish.hook_program : "/bin/sh");
    put_text(plan, 2, "sh");
    put_text(plan, 2, "-c");
    put_text(plan, 2, script);
    put_text(plan, 3, "PATH=/usr/bin:/bin");
    put_text(plan, 3, "TOKEN=secret");
    put_number(plan, 4, 1500);
    put_text(plan, 5, "{\"pid\":");
    put_text(plan, 6, "}\n");
    put_nested_end(plan, mark);
}

static void command(struct buffer *plan, uint16_t tag, const char *script) {
    put_text(plan, tag, "/bin/sh");
    put_text(plan, tag, "-c");
    put_text(plan, tag, script);
}

/* Its container waits for the start command. */
static void op_runtime(struct buffer *plan) {
    size_t mark = put_nested(plan, OP_RUNTIME);
    put_text(plan, 1, "PATH=/usr/bin:/bin");
    put_number(plan, 3, wish.runtime_ms > 0 ? wish.runtime_ms : 60000);
    command(plan, 4, wish.runtime);
    command(plan, 5, "touch started");
    command(plan, 6, "rm -f started; touch deleted");
    if (wish.runtime_execs) {
        command(plan, 7, "true");
        command(plan, 9, "setsid \"$1\" \"$2\" \"$3\" & echo $! >\"$0\"; wait $!");
        put_text(plan, 9, "{}");
        command(plan, 11, "echo UID PID PPID; for s in /proc/[0-9]*/stat; do read -r pid name state parent rest <$s && echo 0 $pid $parent x; done");
        command(plan, 12, "kill -9 $0");
        put_text(plan, 12, "{}");
    }
    put_nested_end(plan, mark);
}

void write_plan(const char *path, const char *script) {
    struct buffer plan = {0};
    plan_begin(&plan);
    op_of_number(&plan, OP_JOIN, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS);
    op_of_number(&plan, OP_OOM_SCORE_ADJ, 500);
    if (mapped) {
        op_user(&plan, FIRST + 1000);
    }
    if (wish.hold_ms > 0) {
        op_hold(&plan, "first", wish.hold_ms);
    }
    op_overlay(&plan, 0);
    op_source(&plan, 1, in_base("vol"));
    op_source_mapped(&plan, 2, wish.shared != NULL ? wish.shared : in_base("shared"));
    op_image(&plan, 3, wish.lower);
    op_image(&plan, 4, "b");
    size_t entered = put_nested(&plan, OP_ENTER);
    if (wish.bundle != NULL) {
        put_text(&plan, 2, wish.bundle);
    }
    put_nested_end(&plan, entered);
    op_of_number(&plan, OP_ROOT, 0);
    op_filesystem(&plan, "proc", "/proc");
    if (wish.hold_ms > 0) {
        op_hold(&plan, "second", wish.hold_ms);
    }
    op_filesystem(&plan, "tmpfs", "/dev");
    op_null(&plan);
    op_of_text(&plan, OP_POD_SHM, "/dev/shm");
    op_slot_to(&plan, OP_VOLUME, 1, "/data");
    op_slot_to(&plan, OP_MOUNT, 2, "/mnt/shared");
    op_slot_to(&plan, OP_MOUNT, 3, "/mnt/image");
    op_part_to(&plan, 4, "/mnt/part", wish.part);
    if (wish.create_hook != NULL) {
        op_hook(&plan, OP_CREATE_HOOK, wish.create_hook);
    }
    op_of_text(&plan, OP_MASK, "/proc/kcore");
    op_of_text(&plan, OP_READONLY, "/proc/sys");
    if (wish.runtime != NULL) {
        op_runtime(&plan);
    } else {
        op_of_number(&plan, OP_PIVOT, 1);
    }
    op_of_text(&plan, OP_CWD, wish.cwd);
    op_ids(&plan, 1000, 1001);
    op_caps(&plan, 0x400);
    op_empty(&plan, OP_NO_NEW_PRIVS);
    if (wish.profile != NULL) {
        op_of_text(&plan, OP_APPARMOR, wish.profile);
    }
    if (wish.start_hook != NULL) {
        op_hook(&plan, OP_START_HOOK, wish.start_hook);
    }
    op_of_text(&plan, OP_ENV, "PATH=/bin");
    op_of_text(&plan, OP_ARG, "sh");
    op_of_text(&plan, OP_ARG, "-c");
    op_of_text(&plan, OP_ARG, script);
    op_empty(&plan, OP_END);
    plan_end(&plan);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(write(fd, plan.data, plan.length) == (ssize_t)plan.length);
    close(fd);
    buffer_free(&plan);
}
