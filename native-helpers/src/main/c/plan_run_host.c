/* Phase A: what a plan does while the process still sees the host's mounts. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "launch.h"
#include "mounts.h"
#include "overlay.h"
#include "own.h"
#include "sys.h"

static int join_cgroup(const char *file, struct fault *fault) {
    return write_file_at(AT_FDCWD, file, "0") != 0 ? fault_errno(fault, "cgroup", file) : 0;
}

static int attach_device_program(const char *folder, const struct field_value *program, struct fault *fault) {
    OWN_FD cgroup = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cgroup < 0) {
        return fault_errno(fault, "device_program", folder);
    }
    union bpf_attr load;
    memset(&load, 0, sizeof load);
    load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    load.insns = (uint64_t)(uintptr_t)program->bytes;
    load.insn_cnt = program->length / 8;
    load.license = (uint64_t)(uintptr_t) "Apache-2.0";
    OWN_FD loaded = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
    if (loaded < 0) {
        return fault_errno(fault, "device_program", "load");
    }
    union bpf_attr attach;
    memset(&attach, 0, sizeof attach);
    attach.target_fd = (uint32_t)cgroup;
    attach.attach_bpf_fd = (uint32_t)loaded;
    attach.attach_type = BPF_CGROUP_DEVICE;
    attach.attach_flags = BPF_F_ALLOW_MULTI;
    return syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) != 0 ? fault_errno(fault, "device_program", folder) : 0;
}

static int join_one(int64_t wanted, int bit, int fd, const char *name, struct fault *fault) {
    if ((wanted & bit) == 0) {
        return 0;
    }
    if (fd < 0) {
        return fault_set(fault, EINVAL, "join", name);
    }
    return setns(fd, bit) != 0 ? fault_errno(fault, "join", name) : 0;
}

static int join_pod(const struct pod_namespaces *pod, int64_t wanted, struct fault *fault) {
    return join_one(wanted, CLONE_NEWNET, pod->net, "net", fault) != 0 ||
                   join_one(wanted, CLONE_NEWIPC, pod->ipc, "ipc", fault) != 0 ||
                   join_one(wanted, CLONE_NEWUTS, pod->uts, "uts", fault) != 0
               ? -1
               : 0;
}

int oom_score_write(int64_t value, struct fault *fault) {
    static const char file[] = "/proc/self/oom_score_adj";
    char text[16];
    snprintf(text, sizeof text, "%d", (int)value);
    /* Without CAP_SYS_RESOURCE a lower value than ours is refused: then ours, the nearest above it that is allowed, stays. */
    if (write_file_at(AT_FDCWD, file, text) != 0 && errno != EACCES && errno != EPERM) {
        return fault_errno(fault, "oom_score_adj", file);
    }
    return 0;
}

/* The line of a mount in mountinfo: "ID PARENT DEV ROOT POINT OPTIONS [shared:N] [master:N] - ...". */
static bool has_propagation(const char *line, int64_t needed) {
    const char *end = strstr(line, " - ");
    const char *shared = strstr(line, " shared:");
    const char *master = strstr(line, " master:");
    bool is_shared = shared != NULL && end != NULL && shared < end;
    bool is_slave = master != NULL && end != NULL && master < end;
    return is_shared || (needed == PROPAGATION_SLAVE && is_slave);
}

static int check_propagation(const char *path, int64_t needed, struct fault *fault) {
    struct statx status;
    if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &status) != 0) {
        return fault_errno(fault, "source", path);
    }
    FILE *table = fopen("/proc/self/mountinfo", "re");
    if (table == NULL) {
        return fault_errno(fault, "source", "/proc/self/mountinfo");
    }
    char *line = NULL;
    size_t size = 0;
    bool honoured = false;
    while (!honoured && getline(&line, &size, table) > 0) {
        honoured = strtoull(line, NULL, 10) == status.stx_mnt_id && has_propagation(line, needed);
    }
    free(line);
    fclose(table);
    return honoured ? 0 : fault_set(fault, EINVAL, "propagation", path);
}

static int clone_source(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    int *slot = &launch->slots[op_number(op, 0)];
    const char *path = op_text(op, 1);
    if (op_number(op, 3) > PROPAGATION_PRIVATE && check_propagation(path, op_number(op, 3), fault) != 0) {
        return -1;
    }
    *slot = mount_clone(AT_FDCWD, path, op_number(op, 2) != 0);
    if (*slot < 0) {
        return fault_errno(fault, "source", path);
    }
    return op_number(op, 4) != 0 && mount_idmap(*slot, launch->pod->user) != 0 ? fault_errno(fault, "idmap", path) : 0;
}

int run_host_op(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    switch (op->spec->tag) {
    case OP_CGROUP:
        return join_cgroup(op_text(op, 0), fault);
    case OP_DEVICE_PROGRAM:
        return attach_device_program(op_text(op, 0), &op->values[1], fault);
    case OP_JOIN:
        return join_pod(launch->pod, op_number(op, 0), fault);
    case OP_OOM_SCORE_ADJ:
        return oom_score_write(op_number(op, 0), fault);
    case OP_SOURCE:
        return clone_source(launch, op, fault);
    case OP_OVERLAY:
        return overlay_mount(op, launch, &launch->slots[op_number(op, 0)], fault);
    case OP_IMAGE:
        return overlay_image(op, launch, &launch->slots[op_number(op, 0)], fault);
    case OP_USER:
        return launch->pod->user < 0 ? fault_set(fault, EINVAL, "user", "the pod has no user namespace") : 0;
    default:
        return fault_set(fault, ENOSYS, op->spec->name, "");
    }
}
