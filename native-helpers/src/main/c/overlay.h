#ifndef CRIJ_OVERLAY_H
#define CRIJ_OVERLAY_H

#include "plan.h"

/* Executes an OVERLAY operation: *mount is the merged tree, detached. */
int overlay_mount(const struct plan_op *op, const char *run_folder, int *mount, struct fault *fault);

#endif
