/* The cgroup of an exec. Version 2 kills it at once; in version 1 whoever is in it is killed until nobody is. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec.h"
#include "own.h"

#define REMOVE_TRIES 100
#define REMOVE_EVERY_NS (20 * NS_PER_MS)
#define LEFT_DOUBLINGS 11 /* up to 41 s between two looks at those that live on */
#define KILL_ROUNDS 8 /* a fork during a round is found by the next */

int exec_cgroup_make(struct exec_cgroup *cgroup, const char *parent, bool is_v1, struct fault *fault) {
    static unsigned long number;
    size_t size = strlen(parent) + 32;
    char *folder = malloc(size);
    if (folder == NULL) {
        return fault_set(fault, ENOMEM, "cgroup", parent);
    }
    snprintf(folder, size, "%s/exec-%lu", parent, ++number);
    if (mkdir(folder, 0755) != 0) {
        fault_errno(fault, "cgroup", folder);
        free(folder);
        return -1;
    }
    *cgroup = (struct exec_cgroup){.folder = folder, .is_v1 = is_v1};
    return 0;
}

/* True when there was somebody to kill. */
static bool kill_round(int folder) {
    OWN_FD file = openat(folder, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    char text[4096];
    ssize_t count = file < 0 ? 0 : read(file, text, sizeof text - 1);
    bool found = false;
    text[count > 0 ? count : 0] = '\0';
    for (char *at = text; *at != '\0';) {
        char *after;
        long pid = strtol(at, &after, 10);
        /* A number that was cut off by the end of the buffer has no line end, and 0 is a process that we cannot see. */
        if (after == at || *after != '\n') {
            break;
        }
        if (pid > 1) {
            kill((pid_t)pid, SIGKILL);
            found = true;
        }
        at = after + 1;
    }
    return found;
}

void exec_cgroup_kill(const struct exec_cgroup *cgroup) {
    if (cgroup->folder == NULL) {
        return;
    }
    OWN_FD folder = open(cgroup->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || (!cgroup->is_v1 && write_file_at(folder, "cgroup.kill", "1") == 0)) {
        return;
    }
    for (int round = 0; round < KILL_ROUNDS && kill_round(folder); round++) {
    }
}

int64_t exec_cgroup_remove(struct exec_cgroup *cgroup) {
    if (cgroup->folder == NULL) {
        return 0;
    }
    if (rmdir(cgroup->folder) == 0 || errno != EBUSY || (!cgroup->left && ++cgroup->remove_tries >= REMOVE_TRIES)) {
        own_free(&cgroup->folder);
        return 0;
    }
    if (!cgroup->left) {
        exec_cgroup_kill(cgroup);
        return REMOVE_EVERY_NS;
    }
    int doublings = cgroup->remove_tries < LEFT_DOUBLINGS ? cgroup->remove_tries++ : LEFT_DOUBLINGS;
    return REMOVE_EVERY_NS << doublings;
}
