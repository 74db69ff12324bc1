/* Mounts by fd: detached ones, their attributes, and targets inside a root that is not trusted. */
#ifndef CRIJ_MOUNTS_H
#define CRIJ_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"

enum propagation { PROPAGATION_LEAVE, PROPAGATION_PRIVATE, PROPAGATION_SLAVE, PROPAGATION_SHARED };
enum target_kind { TARGET_FOLDER = 1, TARGET_FILE = 2 };

/* An O_PATH fd of what stands at the path inside the root; -1 with errno. */
int target_find(int root, const char *path);
/* The same; what is missing is made, symlinks that lead nowhere yet included. */
int target_make(int root, const char *path, enum target_kind kind);
/* The folder that holds the path's last name, made (0755) where missing; *name points into `path`. Needs a plain last name. */
int target_parent(int root, const char *path, const char **name);

int mount_attributes(int mount, uint64_t attributes, bool recursive);
int mount_propagation(int mount, int64_t propagation, bool recursive);
int mount_idmap(int mount, int userns); /* of a detached bind, recursive: ids on disk are those of the user namespace */
int mount_attach(int mount, int target);
int mount_clone(int folder, const char *path, bool recursive); /* a detached bind */

/* A new instance of a filesystem, detached. `options` are `key=value` or `flag`, ended by NULL. */
int mount_new(const char *type, const char *const *options, uint64_t attributes, struct fault *fault);

#endif
