/* Processes as an OCI runtime shows those of a container that has a kernel of its own. */
#ifndef CRIJ_PROCESS_TABLE_H
#define CRIJ_PROCESS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct process_inside {
    long pid, parent;
    bool taken;
};

/* Reads lines that begin with UID, PID and PPID, up to `most`; others, as the columns' names, are passed over. Changes the text. A program
 * inside can forge lines by its name: whoever ends processes by them ends some of that container at worst, which the program can do itself. */
size_t process_table_parse(char *text, struct process_inside *all, size_t most);

/* `root` and all that it started, itself or through others, each parent before its children; `pids` has room for count + 1. The container's
 * first process is nobody's child. */
size_t process_table_tree(struct process_inside *all, size_t count, long root, long *pids);

#endif
