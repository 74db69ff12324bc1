#include "fuzz.h"
#include "monitor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    OWN_ARENA arena = {0};
    struct field_value values[REQUEST_VALUES_MAX];
    struct fault fault;
    struct frame frame;
    if (frame_parse(data, size, &frame) == 1) {
        request_parse(&frame, &arena, values, &fault);
    }
    return 0;
}

/* One field of each kind of content for each type of request: the mutations find the rest. */
bool fuzz_seed(unsigned index, struct buffer *seed) {
    uint16_t type = (uint16_t)(HELLO + index);
    if (type > GO) {
        return false;
    }
    size_t mark = frame_begin(seed, type, 1);
    if (type == HELLO || type == SETUP || type == ACK || type == STREAM || type == RESIZE || type == FORWARD) {
        put_number(seed, 1, 1);
    } else {
        put_text(seed, 1, "container-1");
    }
    if (type == START || type == EXEC) {
        put_text(seed, 2, "/run/plan");
        put_text(seed, type == EXEC ? 3 : 6, "/x");
        put_number(seed, type == EXEC ? 4 : 3, 1);
        put_text(seed, 5, "/cgroup");
        put_number(seed, type == EXEC ? 9 : 7, 7);
    } else if (type == SETUP) {
        put_text(seed, 2, "/run/netns/x");
        put_text(seed, 4, "a.b=c");
    } else if (type == KILL || type == STREAM || type == RESIZE || type == ATTACH) {
        put_number(seed, 2, 2);
    }
    frame_end(seed, mark);
    return true;
}
