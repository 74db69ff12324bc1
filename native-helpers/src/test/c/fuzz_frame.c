#include "frame.h"
#include "fuzz.h"

static const struct field_spec specs[] = {
    {1, FIELD_NUMBER, 0, 0, 100},          {2, FIELD_TEXT, FIELD_REPEATED, 0, 64}, {3, FIELD_PATH, 0, 1, FIELD_PATH_BYTES},
    {4, FIELD_BYTES, 0, 0, PAYLOAD_BYTES}, {5, FIELD_NUMBER, FIELD_REPEATED, INT64_MIN, INT64_MAX},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct frame frame;
    while (frame_parse(data, size, &frame) == 1) {
        OWN_ARENA arena = {0};
        struct field_value values[5];
        struct fault fault;
        fields_read(specs, 5, frame.payload, frame.length, (frame.type & 1) != 0, &arena, values, &fault);
        data += FRAME_HEADER_BYTES + frame.length;
        size -= FRAME_HEADER_BYTES + frame.length;
    }
    return 0;
}

bool fuzz_seed(unsigned index, struct buffer *seed) {
    for (uint16_t type = 0; type < 2; type++) {
        size_t mark = frame_begin(seed, type, 1);
        put_number(seed, 1, 5);
        put_text(seed, 2, "text");
        put_text(seed, 2, "more");
        put_text(seed, 3, "/path");
        put_bytes(seed, 4, "\0\1\2", 3);
        put_number(seed, 5, -1);
        frame_end(seed, mark);
    }
    return index == 0;
}
