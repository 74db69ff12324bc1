#include "process_table.h"

#include <stdlib.h>
#include <string.h>

size_t process_table_parse(char *text, struct process_inside *all, size_t most) {
    size_t count = 0;
    char *rest;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL && count < most; line = strtok_r(NULL, "\n", &rest)) {
        char *owner, *pid, *parent;
        (void)strtol(line, &owner, 10);
        all[count].pid = strtol(owner, &pid, 10);
        all[count].parent = strtol(pid, &parent, 10);
        if (owner != line && pid != owner && parent != pid) {
            all[count++].taken = false;
        }
    }
    return count;
}

size_t process_table_tree(struct process_inside *all, size_t count, long root, long *pids) {
    size_t found = 0;
    pids[found++] = root;
    for (size_t i = 0; i < count; i++) {
        all[i].taken = all[i].pid == root || all[i].pid <= 1;
    }
    for (size_t next = 0; next < found; next++) {
        for (size_t i = 0; i < count; i++) {
            if (!all[i].taken && all[i].parent == pids[next]) {
                all[i].taken = true;
                pids[found++] = all[i].pid;
            }
        }
    }
    return found;
}
