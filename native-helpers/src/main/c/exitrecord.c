#include "exitrecord.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "own.h"
#include "sys.h"

int exit_record_write(const char *folder, const char *id, int code, int64_t finished_ns) {
    char path[PATH_MAX];
    char temporary[PATH_MAX];
    char line[64];
    snprintf(path, sizeof path, "%s/exit-%s", folder, id);
    snprintf(temporary, sizeof temporary, "%s/.exit-%s", folder, id);
    snprintf(line, sizeof line, "%d %lld\n", code, (long long)finished_ns);
    OWN_FD file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    return file < 0 || write_all(file, line, strlen(line)) != 0 || rename(temporary, path) != 0 ? -1 : 0;
}

void exit_record_remove(const char *folder, const char *id) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/exit-%s", folder, id);
    unlink(path);
}
