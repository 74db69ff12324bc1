#include "fuzz.h"
#include "spawn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    OWN_ARENA arena = {0};
    struct field_value values[SPAWN_VALUES_MAX];
    struct fault fault;
    struct frame frame;
    if (frame_parse(data, size, &frame) == 1) {
        spawn_parse(&frame, &arena, values, &fault);
    }
    return 0;
}

bool fuzz_seed(unsigned index, struct buffer *seed) {
    if (index > 2) {
        return false;
    }
    size_t mark = frame_begin(seed, (uint16_t)(index + 1), 1);
    if (index == 0) {
        put_text(seed, 1, "/bin/true");
        put_text(seed, 2, "true");
        put_text(seed, 3, "A=b");
        put_bytes(seed, 4, "in", 2);
        put_number(seed, 5, 1000);
        put_number(seed, 6, 1000);
    } else if (index == 1) {
        put_text(seed, 1, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
        put_text(seed, 2, "/run/pod");
    } else {
        put_number(seed, 1, 1);
        put_text(seed, 2, "/some/path");
        put_number(seed, 3, 100);
    }
    frame_end(seed, mark);
    return true;
}
