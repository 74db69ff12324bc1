#ifndef CRIJ_OVERLAY_H
#define CRIJ_OVERLAY_H

#include "launch.h"

/* Executes an OVERLAY operation: *mount is the merged tree, detached. */
int overlay_mount(const struct plan_op *op, const struct launch *launch, int *mount, struct fault *fault);

/* Executes an IMAGE operation: the layers merged, with nothing to write to. */
int overlay_image(const struct plan_op *op, const struct launch *launch, int *mount, struct fault *fault);

#endif
