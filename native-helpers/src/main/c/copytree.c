#include "copytree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "own.h"

#define DEPTH_MAX 512
#define LINK_BUCKETS 4096 /* an image may hold a million linked files: one list of them all would take hours to search */

struct link {
    struct link *next;
    dev_t dev;
    ino_t ino;
    char path[]; /* below the copy's root */
};

struct copy {
    int to_root;
    struct link *links[LINK_BUCKETS];
    char path[PATH_MAX]; /* of the entry being copied, below the root */
    struct fault *fault;
};

static int failed(struct copy *copy, const char *stage) {
    return fault_errno(copy->fault, stage, copy->path);
}

static int copy_one_xattr(int from, int to, const char *name) {
    OWN_MEM char *value = NULL;
    ssize_t size = fgetxattr(from, name, NULL, 0);
    if (size < 0) {
        return -1;
    }
    value = malloc((size_t)size + 1);
    if (value == NULL || (size = fgetxattr(from, name, value, (size_t)size + 1)) < 0) {
        return -1;
    }
    return fsetxattr(to, name, value, (size_t)size, 0);
}

static int copy_xattrs(int from, int to) {
    ssize_t size = flistxattr(from, NULL, 0);
    if (size <= 0) {
        return size == 0 || errno == EOPNOTSUPP ? 0 : -1;
    }
    OWN_MEM char *names = malloc((size_t)size);
    if (names == NULL || (size = flistxattr(from, names, (size_t)size)) < 0) {
        return -1;
    }
    for (char *name = names; name < names + size; name += strlen(name) + 1) {
        if (copy_one_xattr(from, to, name) != 0 && errno != EOPNOTSUPP && errno != ENODATA) {
            return -1;
        }
    }
    return 0;
}

static int copy_metadata(int from, int to, const struct stat *status) {
    struct timespec times[] = {status->st_atim, status->st_mtim};
    /* The owner before the mode and file capabilities, which a change of owner clears. */
    return fchown(to, status->st_uid, status->st_gid) != 0 || fchmod(to, status->st_mode & 07777) != 0 ||
                   copy_xattrs(from, to) != 0 || futimens(to, times) != 0
               ? -1
               : 0;
}

static int copy_content(int from, int to, off_t size) {
    while (size > 0) {
        ssize_t count = sendfile(to, from, NULL, 1 << 20);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return count == 0 ? 0 : -1;
        }
        size -= count;
    }
    return 0;
}

static int copy_file(struct copy *copy, int from_folder, int to_folder, const char *name, const struct stat *status) {
    OWN_FD from = openat(from_folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (from < 0) {
        return failed(copy, "open");
    }
    OWN_FD to = openat(to_folder, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to < 0 || copy_content(from, to, status->st_size) != 0 || copy_metadata(from, to, status) != 0) {
        return failed(copy, "copy");
    }
    return 0;
}

static int copy_symlink(struct copy *copy, int from_folder, int to_folder, const char *name, const struct stat *status) {
    char text[PATH_MAX];
    ssize_t length = readlinkat(from_folder, name, text, sizeof text - 1);
    if (length < 0) {
        return failed(copy, "readlink");
    }
    text[length] = '\0';
    if (symlinkat(text, to_folder, name) != 0 ||
        fchownat(to_folder, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) != 0) {
        return failed(copy, "symlink");
    }
    return 0;
}

static int copy_node(struct copy *copy, int to_folder, const char *name, const struct stat *status) {
    if (mknodat(to_folder, name, status->st_mode, status->st_rdev) != 0 ||
        fchownat(to_folder, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) != 0 ||
        fchmodat(to_folder, name, status->st_mode & 07777, 0) != 0) {
        return failed(copy, "mknod");
    }
    return 0;
}

/* 1: a link to an earlier copy of the same file was made; 0: it is the first one. */
static int copy_hard_link(struct copy *copy, int to_folder, const char *name, const struct stat *status) {
    struct link **bucket = &copy->links[status->st_ino % LINK_BUCKETS];
    for (struct link *link = *bucket; link != NULL; link = link->next) {
        if (link->dev == status->st_dev && link->ino == status->st_ino) {
            return linkat(copy->to_root, link->path, to_folder, name, 0) != 0 ? failed(copy, "link") : 1;
        }
    }
    struct link *link = malloc(sizeof *link + strlen(copy->path) + 1);
    if (link == NULL) {
        return failed(copy, "link");
    }
    link->dev = status->st_dev;
    link->ino = status->st_ino;
    memcpy(link->path, copy->path, strlen(copy->path) + 1);
    link->next = *bucket;
    *bucket = link;
    return 0;
}

static int copy_folder(struct copy *copy, int from, int to, int depth);

static int copy_subfolder(struct copy *copy, int from_folder, int to_folder, const char *name, int depth) {
    OWN_FD from = openat(from_folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (from < 0 || (mkdirat(to_folder, name, 0700) != 0)) {
        return failed(copy, "mkdir");
    }
    OWN_FD to = openat(to_folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return to < 0 ? failed(copy, "open") : copy_folder(copy, from, to, depth + 1);
}

static int copy_entry(struct copy *copy, int from_folder, int to_folder, const char *name, int depth) {
    struct stat status;
    if (fstatat(from_folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return failed(copy, "stat");
    }
    if (S_ISDIR(status.st_mode)) {
        return copy_subfolder(copy, from_folder, to_folder, name, depth);
    }
    if (status.st_nlink > 1) {
        int linked = copy_hard_link(copy, to_folder, name, &status);
        if (linked != 0) {
            return linked < 0 ? -1 : 0;
        }
    }
    if (S_ISREG(status.st_mode)) {
        return copy_file(copy, from_folder, to_folder, name, &status);
    }
    if (S_ISLNK(status.st_mode)) {
        return copy_symlink(copy, from_folder, to_folder, name, &status);
    }
    return copy_node(copy, to_folder, name, &status);
}

static bool is_dots(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int copy_folder(struct copy *copy, int from, int to, int depth) {
    struct stat status;
    int listed = depth > DEPTH_MAX ? -1 : openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (listed < 0 || fstat(from, &status) != 0) {
        own_close(&listed);
        errno = depth > DEPTH_MAX ? ELOOP : errno;
        return failed(copy, "open");
    }
    DIR *entries = fdopendir(listed);
    if (entries == NULL) {
        own_close(&listed);
        return failed(copy, "open");
    }
    size_t length = strlen(copy->path);
    int result = 0;
    struct dirent *entry;
    while (result == 0 && (entry = readdir(entries)) != NULL) {
        if (is_dots(entry->d_name)) {
            continue;
        }
        int written = snprintf(copy->path + length, sizeof copy->path - length, "%s%s", length > 0 ? "/" : "", entry->d_name);
        if (written < 0 || (size_t)written >= sizeof copy->path - length) {
            result = fault_set(copy->fault, ENAMETOOLONG, "copy", entry->d_name);
            break;
        }
        result = copy_entry(copy, from, to, entry->d_name, depth);
        if (result == 0) {
            copy->path[length] = '\0';
        }
    }
    closedir(entries);
    if (result == 0 && copy_metadata(from, to, &status) != 0) {
        return failed(copy, "copy");
    }
    return result;
}

/* A start that failed half way may be tried again: then there is content, and that is taken to be the volume's own. */
static int is_empty(int folder) {
    int listed = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = listed < 0 ? NULL : fdopendir(listed);
    if (entries == NULL) {
        own_close(&listed);
        return -1;
    }
    int empty = 1;
    struct dirent *entry;
    while (empty == 1 && (entry = readdir(entries)) != NULL) {
        empty = is_dots(entry->d_name) ? 1 : 0;
    }
    closedir(entries);
    return empty;
}

int copy_tree(int from, int to, struct fault *fault) {
    OWN_FD source = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    OWN_FD copied = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int empty = source < 0 || copied < 0 ? -1 : is_empty(copied);
    if (empty != 1) {
        return empty == 0 ? 0 : fault_errno(fault, "volume", "open");
    }
    OWN_MEM struct copy *copy = calloc(1, sizeof *copy);
    if (copy == NULL) {
        return fault_set(fault, ENOMEM, "volume", "");
    }
    copy->to_root = copied;
    copy->fault = fault;
    int result = copy_folder(copy, source, copied, 0);
    for (size_t i = 0; i < LINK_BUCKETS; i++) {
        while (copy->links[i] != NULL) {
            struct link *link = copy->links[i];
            copy->links[i] = link->next;
            free(link);
        }
    }
    return result;
}
