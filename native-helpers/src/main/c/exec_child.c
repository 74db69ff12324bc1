#include "exec_child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "container_child.h"
#include "identity.h"
#include "monitor.h"
#include "own.h"
#include "report.h"
#include "runtime.h"
#include "sys.h"
#include "userns.h"

#define CONTAINER_NAMESPACES (CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

static int run_host_ops(const struct plan *plan, struct launch *launch, struct fault *fault) {
    for (uint32_t i = 0; i < plan->op_count; i++) {
        uint16_t tag = plan->ops[i].spec->tag;
        if ((tag == OP_CGROUP || tag == OP_OOM_SCORE_ADJ) && run_host_op(launch, &plan->ops[i], fault) != 0) {
            fault->op = (int)i;
            return -1;
        }
    }
    return 0;
}

/* By `tasks`: a write to `cgroup.procs` waits for a grace period. */
static int join_v1(const char *path, struct fault *fault) {
    OWN_FD folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return folder < 0 || write_file_at(folder, "tasks", "0") != 0 ? fault_errno(fault, "cgroup", path) : 0;
}

static int allocate_terminal(const struct exec_child *child, int *slave, struct fault *fault) {
    OWN_FD root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    OWN_FD master = -1;
    if (tty_allocate(root, child->columns, child->rows, &master, slave, fault) != 0) {
        return -1;
    }
    return report_send(child->report, REPORT_TTY, 0, master) != 0 ? fault_errno(fault, "console", "report") : 0;
}

/* The runtime makes what the program needs, a terminal of the host's devpts included. */
static int run_by_runtime(const struct exec_child *child, const struct plan *plan, struct fault *fault) {
    OWN_FD tty = -1;
    int inside = -1;
    /* A runtime may listen for its commands at a socket that has a name in the network namespace alone. */
    if (setns(child->container, CLONE_NEWNET) != 0) {
        return fault_errno(fault, "exec", "network namespace");
    }
    if (runtime_exec_keep(plan, child->report, &inside, fault) != 0) {
        return -1;
    }
    if (child->terminal && (allocate_terminal(child, &tty, fault) != 0 || terminal_use(tty, fault) != 0)) {
        return -1;
    }
    if (!child->terminal) {
        child_use_own_null(child->input < 0, child->output < 0, child->errors < 0);
    }
    return runtime_exec(plan, child->arguments, inside, child->report, fault);
}

static int run(const struct exec_child *child, struct fault *fault) {
    OWN_ARENA arena = {0};
    struct plan plan;
    struct launch launch = {.pod = &monitor.pod, .report = child->report, .root = -1, .proc = -1, .tty = -1};
    if (child_stdio(child->input, child->output, child->errors) != 0) {
        return fault_errno(fault, "exec", "stdio");
    }
    if ((child->cgroup >= 0 && cgroup_join(child->cgroup, fault) != 0) || process_reset(fault) != 0 ||
        plan_load(child->plan, &arena, &plan, fault) != 0) {
        return -1;
    }
    if (runtime_execs(&plan)) {
        return run_by_runtime(child, &plan, fault);
    }
    if (run_host_ops(&plan, &launch, fault) != 0 ||
        (child->v1_folder != NULL && join_v1(child->v1_folder, fault) != 0)) {
        return -1;
    }
    if (plan.has_label && (launch.proc = proc_private(fault)) < 0) {
        return -1;
    }
    /* Those that are the host's are ours too, and to join them again changes nothing. */
    if (setns(child->container, CONTAINER_NAMESPACES) != 0) {
        return fault_errno(fault, "exec", "namespaces");
    }
    if (child->terminal && allocate_terminal(child, &launch.tty, fault) != 0) {
        return -1;
    }
    if (!child->terminal) {
        child_use_own_null(child->input < 0, child->output < 0, child->errors < 0);
    }
    if (plan.user != NULL && (streams_give(launch.tty, op_number(plan.user, 2), fault) != 0 || userns_enter(child->container, fault) != 0)) {
        return -1;
    }
    struct process process = {
        .plan = &plan, .arguments = child->arguments, .environment = child->environment, .tty = launch.tty, .report = child->report,
        .proc = launch.proc};
    return process_exec(&process, fault);
}

_Noreturn void exec_child_run(const struct exec_child *child) {
    struct fault fault = {.op = -1};
    const int keep[] = {child->input, child->output, child->errors, child->report, child->cgroup, child->container};
    child_keep_only(keep, sizeof keep / sizeof *keep);
    run(child, &fault);
    report_fault(child->report, &fault);
    _exit(127);
}
