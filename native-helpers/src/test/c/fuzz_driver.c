/* Runs a fuzz target for a bounded time without libFuzzer: its seeds, then that many random changes of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static uint64_t state = 88172645463325252;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void mutate(uint8_t *data, size_t *size) {
    static const uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xff};
    for (uint64_t changes = next() % 4 + 1; changes > 0 && *size > 0; changes--) {
        size_t at = next() % *size;
        switch (next() % 4) {
        case 0:
            data[at] = (uint8_t)next();
            break;
        case 1:
            data[at] = edges[next() % sizeof edges];
            break;
        case 2:
            *size = at;
            break;
        default:
            memmove(data + at, data + at + 1, *size - at - 1);
            (*size)--;
        }
    }
}

int main(int argc, char **argv) {
    long mutations = argc > 1 ? atol(argv[1]) : 10000;
    unsigned seeds = 0;
    for (;; seeds++) {
        struct buffer seed = {0};
        if (!fuzz_seed(seeds, &seed)) {
            buffer_free(&seed);
            break;
        }
        LLVMFuzzerTestOneInput(seed.data, seed.length);
        for (long i = 0; i < mutations; i++) {
            size_t size = seed.length;
            uint8_t *copy = malloc(size + 1); /* exactly as long as it is, so that a read past its end is seen */
            memcpy(copy, seed.data, size);
            mutate(copy, &size);
            uint8_t *exact = malloc(size > 0 ? size : 1);
            memcpy(exact, copy, size);
            LLVMFuzzerTestOneInput(exact, size);
            free(exact);
            free(copy);
        }
        buffer_free(&seed);
    }
    printf("%s: %u seeds, %ld mutations of each\n", argv[0], seeds, mutations);
    return seeds > 0 ? 0 : 1;
}
