#include "container_child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "identity.h"
#include "monitor.h"
#include "own.h"
#include "report.h"
#include "runtime.h"

#define HOLD_MS 120000

int child_stdio(int input, int output, int errors) {
    return (input >= 0 && dup2(input, 0) < 0) || (output >= 0 && dup2(output, 1) < 0) || (errors >= 0 && dup2(errors, 2) < 0) ? -1 : 0;
}

static int hold(const struct launch *launch, const struct plan_op *op, struct fault *fault) {
    int place = (int)(op - launch->plan->ops);
    int patience_ms = (int)op_number_or(op, 1, HOLD_MS);
    return report_hold(launch->report, op_text(op, 0), place, patience_ms) != 0 ? fault_errno(fault, "hold", op_text(op, 0)) : 0;
}

/* The runtime's command alone has the score, and it is the runtime that enters the groups: both operations are for execs. */
static bool is_runtimes(const struct launch *launch, uint16_t tag) {
    return launch->plan->runtime != NULL && (tag == OP_CGROUP || tag == OP_OOM_SCORE_ADJ);
}

static int run_op(struct launch *launch, const struct plan_op *op, struct fault *fault) {
    if (is_runtimes(launch, op->spec->tag)) {
        return 0;
    }
    if (op->spec->tag == OP_HOLD) {
        return hold(launch, op, fault);
    }
    switch (op->spec->phase) {
    case PHASE_HOST:
        return run_host_op(launch, op, fault);
    case PHASE_ENTER:
    case PHASE_SEED:
        return run_seed_op(launch, op, fault);
    case PHASE_PIVOT:
        return launch->plan->runtime != NULL ? 0 : run_pivot(launch, op, fault);
    default:
        return 0; /* phase C is done by process_exec */
    }
}

static int run_ops(struct launch *launch, struct fault *fault) {
    for (uint32_t i = 0; i < launch->plan->op_count; i++) {
        if (run_op(launch, &launch->plan->ops[i], fault) != 0) {
            fault->op = (int)i;
            return -1;
        }
    }
    return 0;
}

void child_use_own_null(bool input, bool output, bool errors) {
    OWN_FD null = open("/dev/null", O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
    struct stat status;
    if (null < 0 || fstat(null, &status) != 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3)) {
        return;
    }
    (void)child_stdio(input ? null : -1, output ? null : -1, errors ? null : -1);
}

/* The keeper lives as long as the container: its copies of the pipes would hide from a reader, or a writer, that the other side
 * is closed, and those of the pod's namespaces would keep these. */
static int keep(const struct container_child *child, const struct launch *launch, struct fault *fault) {
    const struct pod_namespaces *pod = launch->pod;
    const int done[] = {child->input, child->output, child->errors, child->cgroup, pod->seed, pod->net, pod->ipc, pod->uts, pod->user};
    for (size_t i = 0; i < sizeof done / sizeof *done; i++) {
        if (done[i] > 2) {
            close(done[i]);
        }
    }
    return runtime_keep(launch, child->input >= 0 ? 0 : -1, fault);
}

static int run(const struct container_child *child, struct launch *launch, struct fault *fault) {
    OWN_ARENA arena = {0};
    struct plan plan;
    if (child_stdio(child->input, child->output, child->errors) != 0) {
        return fault_errno(fault, "start", "stdio");
    }
    if ((child->cgroup >= 0 && cgroup_join(child->cgroup, fault) != 0) || process_reset(fault) != 0 ||
        plan_load(child->plan, &arena, &plan, fault) != 0) {
        return -1;
    }
    if (plan.has_console != child->terminal) {
        return fault_set(fault, EINVAL, "start", "the tty flag and the plan's console go together");
    }
    launch->plan = &plan;
    if (plan.has_label && (launch->proc = proc_private(fault)) < 0) {
        return -1;
    }
    if (run_ops(launch, fault) != 0) {
        return -1;
    }
    if (plan.runtime != NULL) {
        return keep(child, launch, fault);
    }
    if (!child->terminal) {
        child_use_own_null(child->input < 0, false, false);
    }
    struct process process = {.plan = &plan, .tty = launch->tty, .report = child->report, .proc = launch->proc};
    return process_exec(&process, fault);
}

_Noreturn void container_child_run(const struct container_child *child) {
    struct fault fault = {.op = -1};
    const int keep[] = {child->input, child->output, child->errors, child->report, child->cgroup, monitor.pod.seed, monitor.pod.net,
                        monitor.pod.ipc, monitor.pod.uts, monitor.pod.user};
    child_keep_only(keep, sizeof keep / sizeof *keep);
    struct launch *launch = calloc(1, sizeof *launch);
    if (launch == NULL) {
        fault_set(&fault, ENOMEM, "start", "");
    } else {
        *launch = (struct launch){.pod = &monitor.pod, .run_folder = monitor.run_folder, .report = child->report, .root = -1, .proc = -1, .tty = -1};
        for (size_t i = 0; i < PLAN_SLOTS; i++) {
            launch->slots[i] = -1;
        }
        run(child, launch, &fault);
    }
    report_fault(child->report, &fault);
    _exit(127);
}
