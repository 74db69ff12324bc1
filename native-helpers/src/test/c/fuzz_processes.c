#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "process_table.h"

#define MOST 64

/* Nothing is ended twice, and never a group or the first process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    struct process_inside all[MOST];
    long pids[MOST + 1];
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    size_t found = process_table_tree(all, process_table_parse(text, all, MOST), 7, pids);
    if (found == 0 || found > MOST + 1 || pids[0] != 7) {
        abort();
    }
    for (size_t i = 1; i < found; i++) {
        if (pids[i] <= 1 || pids[i] == 7) {
            abort();
        }
    }
    free(text);
    return 0;
}

bool fuzz_seed(unsigned index, struct buffer *seed) {
    static const char table[] = "UID PID PPID C TTY STIME TIME CMD\n0 1 0 0 ? 10:00 0s a\n0 7 1 0 ? 10:00 0s b\n0 8 7 0 ? 10:00 0s c\n0 9 8 0 ? 10:00 0s d\n";
    buffer_append(seed, table, sizeof table - 1);
    return index == 0;
}
