#include "environment.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PATH_IF_ABSENT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static bool same_name(const char *a, const char *b) {
    size_t length = strcspn(a, "=");
    return strncmp(a, b, length) == 0 && b[length] == '=';
}

/* A later entry replaces an earlier one of the same name, in the earlier one's place. */
static void put(char **list, size_t *count, char *entry) {
    for (size_t i = 0; i < *count; i++) {
        if (same_name(list[i], entry)) {
            list[i] = entry;
            return;
        }
    }
    list[(*count)++] = entry;
}

static size_t list_length(char **list) {
    size_t count = 0;
    while (list != NULL && list[count] != NULL) {
        count++;
    }
    return count;
}

static const char *lookup_path(char **environment) {
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, "PATH=", 5) == 0) {
            return *environment + 5;
        }
    }
    return PATH_IF_ABSENT;
}

static int add_candidate(struct program *program, size_t *count, struct arena *arena, const char *folder, size_t length) {
    const char *name = program->arguments[0];
    char *path = arena_take(arena, length + strlen(name) + 4);
    if (path == NULL) {
        return -1;
    }
    memcpy(path, length > 0 ? folder : ".", length > 0 ? length : 1); /* an empty entry is the current folder */
    strcat(path, "/");
    strcat(path, name);
    program->candidates[(*count)++] = path;
    return 0;
}

static int find_candidates(struct program *program, struct arena *arena) {
    const char *path = lookup_path(program->environment);
    size_t colons = 0;
    for (const char *at = path; *at != '\0'; at++) {
        colons += *at == ':' ? 1 : 0;
    }
    program->candidates = arena_take(arena, (colons + 3) * sizeof(char *));
    if (program->candidates == NULL) {
        return -1;
    }
    if (strchr(program->arguments[0], '/') != NULL) {
        program->candidates[0] = program->arguments[0];
        return 0;
    }
    size_t count = 0;
    for (;;) {
        size_t length = strcspn(path, ":");
        if (add_candidate(program, &count, arena, path, length) != 0) {
            return -1;
        }
        if (path[length] == '\0') {
            return 0;
        }
        path += length + 1;
    }
}

int program_gather(const struct plan *plan, char **arguments, char **environment, struct arena *arena, struct program *program,
                   struct fault *fault) {
    size_t extra = list_length(environment);
    program->arguments = arena_take(arena, ((size_t)plan->arg_count + 1) * sizeof(char *));
    program->environment = arena_take(arena, ((size_t)plan->env_count + extra + 1) * sizeof(char *));
    if (program->arguments == NULL || program->environment == NULL) {
        return fault_set(fault, ENOMEM, "exec", "");
    }
    size_t args = 0;
    size_t envs = 0;
    for (uint32_t i = 0; i < plan->op_count; i++) {
        const struct plan_op *op = &plan->ops[i];
        char *text = op->spec->tag == OP_ARG || op->spec->tag == OP_ENV ? (char *)(uintptr_t)op_text(op, 0) : NULL;
        if (op->spec->tag == OP_ARG) {
            program->arguments[args++] = text;
        } else if (op->spec->tag == OP_ENV) {
            put(program->environment, &envs, text);
        }
    }
    for (size_t i = 0; i < extra; i++) {
        put(program->environment, &envs, environment[i]);
    }
    if (arguments != NULL) {
        program->arguments = arguments;
    }
    if (program->arguments[0] == NULL || program->arguments[0][0] == '\0') {
        return fault_set(fault, ENOENT, "exec", "");
    }
    return find_candidates(program, arena) != 0 ? fault_set(fault, ENOMEM, "exec", "") : 0;
}

int program_exec(const struct program *program, struct fault *fault) {
    int worst = ENOENT;
    for (char **candidate = program->candidates; *candidate != NULL; candidate++) {
        execve(*candidate, program->arguments, program->environment);
        if (errno == EACCES) {
            worst = EACCES; /* found, but not executable: said only if no later folder has one that is */
        } else if (errno != ENOENT && errno != ENOTDIR) {
            return fault_errno(fault, "exec", *candidate);
        }
    }
    return fault_set(fault, worst, "exec", program->arguments[0]);
}
