/* Requests about streams, as a client may send them and as it must not. */
#include "check.h"
#include "monitor.h"

static struct buffer fields;

static int parse(uint16_t type, struct field_value *values) {
    OWN_ARENA arena = {0};
    struct fault fault = {.op = -1};
    struct frame frame = {.type = type, .request = 1, .length = (uint32_t)fields.length, .payload = fields.data};
    int result = request_parse(&frame, &arena, values, &fault); /* only numbers and counts are looked at afterwards */
    buffer_free(&fields);
    return result;
}

static int two_numbers(uint16_t type, int64_t first, int64_t second) {
    struct field_value values[REQUEST_VALUES_MAX];
    put_number(&fields, 1, first);
    put_number(&fields, 2, second);
    return parse(type, values);
}

static int one_number(uint16_t type, int64_t number) {
    struct field_value values[REQUEST_VALUES_MAX];
    put_number(&fields, 1, number);
    return parse(type, values);
}

static void streams_are_joined_by_session_and_number(void) {
    CHECK(two_numbers(STREAM, 1, 0) == 0 && two_numbers(STREAM, INT64_MAX, 2) == 0);
    CHECK(two_numbers(STREAM, 0, 0) != 0 && two_numbers(STREAM, -1, 0) != 0);
    CHECK(two_numbers(STREAM, 1, 3) != 0 && two_numbers(STREAM, 1, -1) != 0);
    CHECK(one_number(STREAM, 1) != 0);
}

static void sizes_and_ports_have_bounds(void) {
    CHECK(two_numbers(RESIZE, 0, 65535) == 0);
    CHECK(two_numbers(RESIZE, 65536, 1) != 0 && two_numbers(RESIZE, 1, -1) != 0);
    CHECK(one_number(FORWARD, 1) == 0 && one_number(FORWARD, 65535) == 0);
    CHECK(one_number(FORWARD, 0) != 0 && one_number(FORWARD, 65536) != 0 && one_number(FORWARD, -80) != 0);
}

static int attach(const char *id, int64_t streams) {
    struct field_value values[REQUEST_VALUES_MAX];
    put_text(&fields, 1, id);
    put_number(&fields, 2, streams);
    return parse(ATTACH, values);
}

static void an_attach_names_its_container_and_streams(void) {
    CHECK(attach("c", 0) == 0 && attach("c", 7) == 0);
    CHECK(attach("c", 8) != 0 && attach("", 1) != 0);
    CHECK(one_number(ATTACH, 1) != 0);
}

static void begin_exec(void) {
    put_text(&fields, 1, "c");
    put_text(&fields, 2, "/plan");
    put_text(&fields, 3, "program");
}

static void an_exec_says_whether_it_is_streamed(void) {
    struct field_value values[REQUEST_VALUES_MAX];
    begin_exec();
    CHECK(parse(EXEC, values) == 0 && values[8].count == 0);
    begin_exec();
    put_number(&fields, 9, 0);
    CHECK(parse(EXEC, values) == 0 && values[8].count == 1 && values[8].number == 0);
    begin_exec();
    put_number(&fields, 9, 8);
    CHECK(parse(EXEC, values) != 0);
    begin_exec();
    put_number(&fields, 9, 7);
    put_number(&fields, 10, 65535);
    put_number(&fields, 11, 24);
    put_text(&fields, 12, "/sys/fs/cgroup/freezer/x");
    CHECK(parse(EXEC, values) == 0 && values[9].number == 65535 && values[10].number == 24 && values[11].count == 1);
    begin_exec();
    put_number(&fields, 10, 65536);
    CHECK(parse(EXEC, values) != 0);
}

int main(void) {
    streams_are_joined_by_session_and_number();
    sizes_and_ports_have_bounds();
    an_attach_names_its_container_and_streams();
    an_exec_says_whether_it_is_streamed();
    return checks_report("requests");
}
