#include <string.h>

#include "check.h"
#include "process_table.h"

#define MOST 16

static size_t tree(const char *table, long root, long *pids) {
    char text[1024];
    struct process_inside all[MOST];
    snprintf(text, sizeof text, "%s", table);
    return process_table_tree(all, process_table_parse(text, all, MOST), root, pids);
}

static void read_lines(void) {
    char text[] = "UID       PID       PPID      C         TTY       STIME     TIME      CMD\n"
                  "0         1         0         0         ?         10:00     0s        sleep\n"
                  "\n"
                  "1000      7         1         0         ?         10:00     0s        7 8 9\n"
                  "no line\n"
                  "5\n"
                  "5 6\n"
                  "99999999999999999999 12 -1 x";
    struct process_inside all[MOST];
    CHECK(process_table_parse(text, all, MOST) == 3);
    CHECK(all[0].pid == 1 && all[0].parent == 0);
    CHECK(all[1].pid == 7 && all[1].parent == 1);
    CHECK(all[2].pid == 12 && all[2].parent == -1);
    char many[] = "0 2 1\n0 3 1\n0 4 1\n";
    CHECK(process_table_parse(many, all, 2) == 2);
    char none[] = "";
    CHECK(process_table_parse(none, all, MOST) == 0);
}

static void a_tree(void) {
    long pids[MOST + 1];
    /* A child may stand before its parent. */
    CHECK(tree("0 1 0\n0 30 20\n0 20 10\n0 10 0\n0 11 1\n0 40 30\n0 12 11\n", 10, pids) == 4);
    CHECK(pids[0] == 10 && pids[1] == 20 && pids[2] == 30 && pids[3] == 40);
    CHECK(tree("0 1 0\n0 20 10\n", 10, pids) == 2 && pids[1] == 20); /* the root itself is gone */
    CHECK(tree("", 10, pids) == 1 && pids[0] == 10);
}

static void forged_lines(void) {
    long pids[MOST + 1];
    CHECK(tree("0 10 20\n0 20 10\n0 20 20\n0 10 10\n", 10, pids) == 3);
    CHECK(tree("0 1 10\n0 0 10\n0 -5 10\n0 2 1\n", 10, pids) == 1); /* nobody ends the first process, nor a group */
}

int main(void) {
    read_lines();
    a_tree();
    forged_lines();
    return checks_report("processes");
}
