/* Paths inside a root that is not trusted: what is found and made never lies outside. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "mounts.h"
#include "own.h"

static char base[64];
static int root;

static bool made(const char *path, enum target_kind kind) {
    OWN_FD fd = target_make(root, path, kind);
    struct stat status;
    return fd >= 0 && fstatat(fd, "", &status, AT_EMPTY_PATH) == 0 &&
           (kind == TARGET_FOLDER ? S_ISDIR(status.st_mode) : S_ISREG(status.st_mode));
}

static bool exists(const char *path) {
    return faccessat(root, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void missing_ones(void) {
    CHECK(made("/a/b/c", TARGET_FOLDER) && exists("a/b/c"));
    CHECK(made("/a/b/file", TARGET_FILE) && exists("a/b/file"));
    CHECK(made("/a/b/file", TARGET_FILE));
    CHECK(made("/", TARGET_FOLDER));
    CHECK(target_find(root, "/a/none") < 0 && errno == ENOENT);
    CHECK(target_make(root, "/a/b/file/below", TARGET_FILE) < 0);
}

static void links(void) {
    CHECK(symlinkat("/etc/target", root, "absolute") == 0 && symlinkat("../../../../up", root, "a/climbing") == 0);
    CHECK(symlinkat("loop", root, "loop") == 0 && symlinkat("/run", root, "runlink") == 0);
    CHECK(made("/absolute", TARGET_FILE) && exists("etc/target"));
    CHECK(made("/a/climbing/x", TARGET_FOLDER) && exists("up/x"));
    CHECK(made("/runlink/sub/file", TARGET_FILE) && exists("run/sub/file"));
    CHECK(made("/../../../outside", TARGET_FOLDER) && exists("outside"));
    CHECK(target_make(root, "/loop", TARGET_FILE) < 0 && errno == ELOOP);
    CHECK(access("/etc/target", F_OK) != 0 && access("/up", F_OK) != 0 && access("/outside", F_OK) != 0);
}

static void parents(void) {
    const char *name;
    OWN_FD parent = target_parent(root, "/dev/deep/null", &name);
    CHECK(parent >= 0 && strcmp(name, "null") == 0 && exists("dev/deep") && !exists("dev/deep/null"));
}

static void long_paths(void) {
    static char path[5000];
    memset(path, 'x', sizeof path - 1);
    path[0] = '/';
    CHECK(target_make(root, path, TARGET_FILE) < 0 && errno == ENAMETOOLONG);
    path[300] = '\0';
    CHECK(target_make(root, path, TARGET_FILE) < 0);
}

int main(void) {
    const char *folder = getenv("TMPDIR");
    snprintf(base, sizeof base, "%.40s/crij-targets-XXXXXX", folder != NULL ? folder : "/tmp");
    if (mkdtemp(base) == NULL || (root = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0) {
        perror(base);
        return 1;
    }
    missing_ones();
    links();
    parents();
    long_paths();
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", base);
    CHECK(system(command) == 0);
    return checks_report("targets");
}
