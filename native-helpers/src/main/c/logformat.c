#include <string.h>

#include "logwriter.h"

static void digits(char *at, int count, int64_t value) {
    while (count-- > 0) {
        at[count] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* Written by hand: the C library's calendar functions take a lock that a fork could meet. */
void log_time(int64_t epoch_ns, char text[31]) {
    int64_t seconds = epoch_ns / 1000000000;
    int64_t day = seconds / 86400;
    int64_t in_day = seconds % 86400;
    /* Years that start in March put the leap day last; an era is 400 of them. */
    int64_t shifted = day + 719468;
    int64_t era = shifted / 146097;
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    memcpy(text, "0000-00-00T00:00:00.000000000Z", 31);
    digits(text, 4, year_of_era + era * 400 + (month <= 2 ? 1 : 0));
    digits(text + 5, 2, month);
    digits(text + 8, 2, day_of_year - (153 * from_march + 2) / 5 + 1);
    digits(text + 11, 2, in_day / 3600);
    digits(text + 14, 2, in_day / 60 % 60);
    digits(text + 17, 2, in_day % 60);
    digits(text + 20, 9, epoch_ns % 1000000000);
}

static void append(struct log_output *output, const char *data, size_t length) {
    memcpy(output->data + output->length, data, length);
    output->length += length;
}

static void put_line(const struct log_stream *stream, const char *time, char tag, const char *content, size_t length,
                     struct log_output *output) {
    size_t name = strlen(stream->name);
    if (output->capacity - output->length < 30 + 1 + name + 3 + length + 1) {
        output->flush(output);
    }
    char middle[] = {' ', tag, ' '};
    append(output, time, 30);
    append(output, " ", 1);
    append(output, stream->name, name);
    append(output, middle, sizeof middle);
    append(output, content, length);
    append(output, "\n", 1);
}

void log_format(struct log_stream *stream, int64_t epoch_ns, bool at_end, struct log_output *output) {
    char time[31];
    size_t start = 0;
    log_time(epoch_ns, time);
    while (start < stream->held) {
        const char *from = stream->line + start;
        size_t left = stream->held - start;
        const char *newline = memchr(from, '\n', left);
        if (newline != NULL) {
            put_line(stream, time, 'F', from, (size_t)(newline - from), output);
            start += (size_t)(newline - from) + 1;
        } else if (left > LOG_SPLIT_BYTES) {
            put_line(stream, time, 'P', from, LOG_SPLIT_BYTES, output);
            start += LOG_SPLIT_BYTES;
        } else if (at_end) {
            put_line(stream, time, 'F', from, left, output);
            start = stream->held;
        } else {
            break;
        }
    }
    stream->held -= start;
    memmove(stream->line, stream->line + start, stream->held);
}
