#include "fuzz.h"
#include "plans.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    OWN_ARENA arena = {0};
    struct plan plan;
    struct fault fault;
    plan_parse(data, size, &arena, &plan, &fault);
    return 0;
}

bool fuzz_seed(unsigned index, struct buffer *seed) {
    plan_small(seed);
    return index == 0;
}
