#include <errno.h>

#include "check.h"
#include "frame.h"

static const struct field_spec specs[] = {
    {1, FIELD_NUMBER, FIELD_REQUIRED, 0, 10},
    {2, FIELD_TEXT, FIELD_REPEATED, 0, 8},
    {3, FIELD_PATH, 0, 1, FIELD_PATH_BYTES},
    {4, FIELD_BYTES, 0, 2, 4},
    {5, FIELD_NUMBER, FIELD_REPEATED, INT64_MIN, INT64_MAX},
};

static int read_values(const struct buffer *buffer, bool strict, struct arena *arena, struct field_value *values) {
    struct fault fault = {.op = -1};
    return fields_read(specs, 5, buffer->data, buffer->length, strict, arena, values, &fault);
}

static int reads(struct buffer *buffer, bool strict) {
    OWN_ARENA arena = {0};
    struct field_value values[5];
    int result = read_values(buffer, strict, &arena, values);
    buffer_free(buffer);
    return result;
}

static void whole_message(void) {
    OWN_ARENA arena = {0};
    struct buffer buffer = {0};
    struct field_value values[5];
    put_number(&buffer, 1, 7);
    put_text(&buffer, 2, "one");
    put_text(&buffer, 2, "");
    put_text(&buffer, 3, "/a/b");
    put_bytes(&buffer, 4, "\0\1", 2);
    put_number(&buffer, 5, -1);
    put_number(&buffer, 5, INT64_MIN);
    CHECK(read_values(&buffer, true, &arena, values) == 0);
    CHECK(values[0].number == 7);
    CHECK(values[1].count == 2 && strcmp(values[1].texts[0], "one") == 0 && values[1].texts[1][0] == '\0' && values[1].texts[2] == NULL);
    CHECK(strcmp(values[2].text, "/a/b") == 0 && values[2].length == 4);
    CHECK(values[3].length == 2 && values[3].bytes[1] == 1);
    CHECK(values[4].numbers[0] == -1 && values[4].numbers[1] == INT64_MIN);
    buffer_free(&buffer);
}

static void absent_fields(void) {
    OWN_ARENA arena = {0};
    struct buffer buffer = {0};
    struct field_value values[5];
    put_number(&buffer, 1, 0);
    CHECK(read_values(&buffer, true, &arena, values) == 0);
    CHECK(values[1].count == 0 && values[1].texts[0] == NULL && values[2].count == 0);
    buffer_free(&buffer);
}

static void broken_messages(void) {
    struct buffer b = {0};
    CHECK(reads(&b, true) != 0); /* the required one is missing */
    put_number(&b, 1, 11);
    CHECK(reads(&b, true) != 0); /* out of range */
    put_number(&b, 1, 1);
    put_number(&b, 1, 1);
    CHECK(reads(&b, true) != 0); /* twice */
    put_bytes(&b, 1, "1234", 4);
    CHECK(reads(&b, true) != 0); /* a number of 4 bytes */
    put_number(&b, 1, 1);
    put_text(&b, 2, "123456789");
    CHECK(reads(&b, true) != 0); /* too long */
    put_number(&b, 1, 1);
    put_bytes(&b, 2, "a\0b", 3);
    CHECK(reads(&b, true) != 0); /* NUL */
    put_number(&b, 1, 1);
    put_text(&b, 3, "relative");
    CHECK(reads(&b, true) != 0);
    put_number(&b, 1, 1);
    put_bytes(&b, 4, "1", 1);
    CHECK(reads(&b, true) != 0); /* too short */
    put_number(&b, 1, 1);
    put_text(&b, 9, "?");
    CHECK(reads(&b, true) != 0); /* unknown in a plan */
    put_number(&b, 1, 1);
    put_text(&b, 9, "?");
    CHECK(reads(&b, false) == 0); /* unknown in a message */
    put_number(&b, 1, 1);
    b.length--;
    CHECK(reads(&b, true) != 0); /* cut */
    put_number(&b, 1, 1);
    b.data[2] = 1;
    CHECK(reads(&b, true) != 0); /* the zero is not zero */
    put_number(&b, 1, 1);
    set_u32(b.data + 4, 0xffffffff);
    CHECK(reads(&b, true) != 0); /* longer than all there is */
}

static void frames(void) {
    struct buffer buffer = {0};
    struct frame frame;
    size_t mark = frame_begin(&buffer, 18, 77);
    put_text(&buffer, 1, "x");
    frame_end(&buffer, mark);
    CHECK(frame_parse(buffer.data, buffer.length, &frame) == 1 && frame.type == 18 && frame.request == 77 && frame.length == 9);
    CHECK(frame_parse(buffer.data, buffer.length - 1, &frame) == 0);
    CHECK(frame_parse(buffer.data, 15, &frame) == 0);
    set_u32(buffer.data, PAYLOAD_BYTES + 1);
    CHECK(frame_parse(buffer.data, buffer.length, &frame) == -1);
    set_u32(buffer.data, 9);
    set_u16(buffer.data + 6, 1);
    CHECK(frame_parse(buffer.data, buffer.length, &frame) == -1);
    buffer_free(&buffer);
}

int main(void) {
    whole_message();
    absent_fields();
    broken_messages();
    frames();
    return checks_report("fields");
}
