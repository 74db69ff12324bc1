#ifndef CRIJ_COPYTREE_H
#define CRIJ_COPYTREE_H

#include "fault.h"

/* Copies what is below folder `from` into folder `to`: content, owners, modes, times, xattrs, symlinks and hard links. The
 * owner, mode and xattrs of `to` become those of `from`. Never leaves either tree. Both are O_PATH or mount fds of folders. */
int copy_tree(int from, int to, struct fault *fault);

#endif
