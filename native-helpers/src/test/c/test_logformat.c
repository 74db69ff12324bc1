#include <stdlib.h>

#include "check.h"
#include "logwriter.h"

static char written[200000];
static size_t written_length;

static void keep(struct log_output *output) {
    memcpy(written + written_length, output->data, output->length);
    written_length += output->length;
    output->length = 0;
}

static struct log_stream stream = {.fd = -1, .name = "stdout"};

/* Feeds the text as one or more reads would. */
static void feed(const char *text, size_t length, bool at_end) {
    static char data[32768];
    struct log_output output = {.data = data, .capacity = sizeof data, .flush = keep};
    while (length > 0) {
        size_t part = sizeof stream.line - stream.held < length ? sizeof stream.line - stream.held : length;
        memcpy(stream.line + stream.held, text, part);
        stream.held += part;
        text += part;
        length -= part;
        log_format(&stream, 1700000000123456789, false, &output);
    }
    log_format(&stream, 1700000000123456789, at_end, &output);
    keep(&output);
}

static void reset(void) {
    stream.held = 0;
    written_length = 0;
    memset(written, 0, sizeof written);
}

#define T "2023-11-14T22:13:20.123456789Z stdout "

static void times(void) {
    char text[31];
    log_time(0, text);
    CHECK(strcmp(text, "1970-01-01T00:00:00.000000000Z") == 0);
    log_time(951782399999999999, text);
    CHECK(strcmp(text, "2000-02-28T23:59:59.999999999Z") == 0);
    log_time(951782400000000000, text);
    CHECK(strcmp(text, "2000-02-29T00:00:00.000000000Z") == 0);
    log_time(1735689599000000001, text);
    CHECK(strcmp(text, "2024-12-31T23:59:59.000000001Z") == 0);
    log_time(4107542400000000000, text);
    CHECK(strcmp(text, "2100-03-01T00:00:00.000000000Z") == 0);
}

static void lines(void) {
    reset();
    feed("one\n\ntwo", 8, false);
    CHECK(strcmp(written, T "F one\n" T "F \n") == 0);
    feed(" more\n", 6, false);
    CHECK(strcmp(written, T "F one\n" T "F \n" T "F two more\n") == 0);
    reset();
    feed("no end", 6, true);
    CHECK(strcmp(written, T "F no end\n") == 0);
}

static size_t count_of(const char *needle) {
    size_t count = 0;
    for (const char *at = strstr(written, needle); at != NULL; at = strstr(at + 1, needle)) {
        count++;
    }
    return count;
}

static void long_lines(void) {
    static char text[40001];
    memset(text, 'a', sizeof text);
    text[40000] = '\n';
    reset();
    feed(text, sizeof text, false);
    CHECK(count_of(T "P ") == 2 && count_of(T "F ") == 1);
    CHECK(written_length == 40000 + 3 * (strlen(T) + 3));
    reset();
    text[16384] = '\n';
    feed(text, 16385, false); /* exactly 16 KiB is one line */
    CHECK(count_of(T "P ") == 0 && count_of(T "F ") == 1);
}

static void many_short_lines(void) {
    reset();
    for (int i = 0; i < 3000; i++) {
        feed("\n", 1, false);
    }
    CHECK(count_of(T "F \n") == 3000);
}

int main(void) {
    times();
    lines();
    long_lines();
    many_short_lines();
    return checks_report("logformat");
}
