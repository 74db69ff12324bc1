/* A pod's user namespace: made with the namespaces that it owns, and entered by the pod's processes as its root. */
#ifndef CRIJ_USERNS_H
#define CRIJ_USERNS_H

#include <stdint.h>

#include "fault.h"

/* Ids 0 to count-1 of the namespace are uid, uid+1, ... and gid, gid+1, ... of the host. count 0: no user namespace. */
struct user_mapping {
    int64_t uid, gid, count;
};

/* Makes the namespace and those of `owned` (CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS), which it owns, and moves the calling
 * process into the latter, with the credentials that it has. *user is the user namespace, which it does not enter. */
int userns_make(const struct user_mapping *mapping, int64_t owned, int *user, struct fault *fault);

/* From here on what the process makes belongs to these ids of the host; its capabilities stay. */
int userns_create_as(int64_t uid, int64_t gid, struct fault *fault);

/* Enters the user namespace (its fd, or the pidfd of a process in it) as its root, with all capabilities in it and none outside. */
int userns_enter(int fd, struct fault *fault);

/* The same, and with a mount namespace that it owns: a copy of the present one, of which nothing can be taken away any more. */
int userns_enter_mounts(int fd, struct fault *fault);

#endif
