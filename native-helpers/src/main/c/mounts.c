#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "own.h"
#include "sys.h"

#define IN_ROOT (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
#define LINKS_FOLLOWED 40

int target_find(int root, const char *path) {
    return sys_openat2(root, path, O_PATH, 0, IN_ROOT);
}

/* A walk that makes what is missing. `done` holds no symlink and no dots; `rest` is still to walk. */
struct walk {
    int root;
    int links;
    char done[PATH_MAX];
    char rest[PATH_MAX];
};

static int open_done(const struct walk *walk, const char *path) {
    return sys_openat2(walk->root, path[0] == '\0' ? "." : path, O_PATH | O_NOFOLLOW, 0, IN_ROOT | RESOLVE_NO_SYMLINKS);
}

static int make_entry(const struct walk *walk, const char *name, enum target_kind kind) {
    OWN_FD parent = open_done(walk, walk->done);
    if (parent < 0) {
        return -1;
    }
    if (kind == TARGET_FOLDER) {
        return mkdirat(parent, name, 0755) != 0 && errno != EEXIST ? -1 : 0;
    }
    OWN_FD file = openat(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
    return file < 0 && errno != EEXIST ? -1 : 0;
}

/* Takes the first name off `rest`. False when nothing is left. */
static bool next_name(struct walk *walk, char *name) {
    char *from = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(from, "/");
    if (length == 0 || length > NAME_MAX) {
        return false;
    }
    memcpy(name, from, length);
    name[length] = '\0';
    memmove(walk->rest, from + length, strlen(from + length) + 1);
    return true;
}

static int follow_link(struct walk *walk, int link) {
    char text[PATH_MAX];
    ssize_t length = readlinkat(link, "", text, sizeof text);
    if (length < 0) {
        return -1;
    }
    size_t rest = strlen(walk->rest);
    if (++walk->links > LINKS_FOLLOWED || (size_t)length + rest + 1 >= sizeof walk->rest) {
        errno = walk->links > LINKS_FOLLOWED ? ELOOP : ENAMETOOLONG;
        return -1;
    }
    if (length > 0 && text[0] == '/') {
        walk->done[0] = '\0';
    }
    memmove(walk->rest + length + 1, walk->rest, rest + 1);
    memcpy(walk->rest, text, (size_t)length);
    walk->rest[length] = '/';
    return 0;
}

static int step(struct walk *walk, const char *name, enum target_kind kind) {
    if (strcmp(name, ".") == 0) {
        return 0;
    }
    size_t length = strlen(walk->done);
    if (strcmp(name, "..") == 0) {
        char *slash = strrchr(walk->done, '/');
        *(slash != NULL ? slash : walk->done) = '\0';
        return 0;
    }
    if (length + strlen(name) + 2 > sizeof walk->done) {
        errno = ENAMETOOLONG;
        return -1;
    }
    bool last = walk->rest[strspn(walk->rest, "/")] == '\0';
    char next[PATH_MAX];
    memcpy(next, walk->done, length);
    snprintf(next + length, sizeof next - length, "%s%s", length > 0 ? "/" : "", name);
    OWN_FD fd = open_done(walk, next);
    if (fd < 0 && errno == ENOENT) {
        if (make_entry(walk, name, last ? kind : TARGET_FOLDER) != 0) {
            return -1;
        }
        fd = open_done(walk, next);
    }
    struct stat status;
    if (fd < 0 || fstatat(fd, "", &status, AT_EMPTY_PATH) != 0) {
        return -1;
    }
    if (S_ISLNK(status.st_mode)) {
        return follow_link(walk, fd);
    }
    memcpy(walk->done, next, strlen(next) + 1);
    return 0;
}

int target_make(int root, const char *path, enum target_kind kind) {
    int found = target_find(root, path);
    if (found >= 0 || errno != ENOENT) {
        return found;
    }
    struct walk walk = {.root = root};
    if (strlen(path) >= sizeof walk.rest) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(walk.rest, path, strlen(path) + 1);
    char name[NAME_MAX + 1];
    while (next_name(&walk, name)) {
        if (step(&walk, name, kind) != 0) {
            return -1;
        }
    }
    if (walk.rest[strspn(walk.rest, "/")] != '\0') {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open_done(&walk, walk.done);
}

int target_parent(int root, const char *path, const char **name) {
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];
    size_t length = slash == NULL ? 0 : (size_t)(slash - path);
    if (length + 1 >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(folder, path, length);
    memcpy(folder + length, "/", 2);
    *name = slash == NULL ? path : slash + 1;
    return target_make(root, folder, TARGET_FOLDER);
}

int mount_attributes(int mount, uint64_t attributes, bool recursive) {
    if (attributes == 0) {
        return 0;
    }
    struct mount_attr change = {.attr_set = attributes};
    if ((attributes & (MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME)) != 0) {
        change.attr_clr = MOUNT_ATTR__ATIME; /* the three kinds of atime exclude each other */
    }
    return mount_setattr(mount, "", AT_EMPTY_PATH | (recursive ? (unsigned)AT_RECURSIVE : 0u), &change, sizeof change);
}

int mount_propagation(int mount, int64_t propagation, bool recursive) {
    static const uint64_t kernel[] = {0, MS_PRIVATE, MS_SLAVE, MS_SHARED};
    if (propagation == PROPAGATION_LEAVE) {
        return 0;
    }
    struct mount_attr change = {.propagation = kernel[propagation]};
    return mount_setattr(mount, "", AT_EMPTY_PATH | (recursive ? (unsigned)AT_RECURSIVE : 0u), &change, sizeof change);
}

int mount_idmap(int mount, int userns) {
    struct mount_attr change = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns};
    return mount_setattr(mount, "", AT_EMPTY_PATH | (unsigned)AT_RECURSIVE, &change, sizeof change);
}

int mount_attach(int mount, int target) {
    return move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int mount_clone(int folder, const char *path, bool recursive) {
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? (unsigned)AT_RECURSIVE : 0u);
    return open_tree(folder, path, flags);
}

static int set_option(int context, const char *option) {
    const char *equals = strchr(option, '=');
    if (equals == NULL) {
        return fsconfig(context, FSCONFIG_SET_FLAG, option, NULL, 0);
    }
    char key[64];
    size_t length = (size_t)(equals - option);
    if (length >= sizeof key) {
        errno = EINVAL;
        return -1;
    }
    memcpy(key, option, length);
    key[length] = '\0';
    return fsconfig(context, FSCONFIG_SET_STRING, key, equals + 1, 0);
}

int mount_new(const char *type, const char *const *options, uint64_t attributes, struct fault *fault) {
    OWN_FD context = fsopen(type, FSOPEN_CLOEXEC);
    if (context < 0) {
        return fault_errno(fault, "fsopen", type);
    }
    (void)fsconfig(context, FSCONFIG_SET_STRING, "source", type, 0); /* only a name in mountinfo */
    for (; *options != NULL; options++) {
        if (set_option(context, *options) != 0) {
            return fault_errno(fault, "fsconfig", *options);
        }
    }
    if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0) {
        return fault_errno(fault, "fsconfig", type);
    }
    int mount = fsmount(context, FSMOUNT_CLOEXEC, (unsigned)attributes);
    return mount < 0 ? fault_errno(fault, "fsmount", type) : mount;
}
