#include "fields.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint16_t get_u16(const uint8_t *at) {
    return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t get_u32(const uint8_t *at) {
    return (uint32_t)get_u16(at) | (uint32_t)get_u16(at + 2) << 16;
}

uint64_t get_u64(const uint8_t *at) {
    return (uint64_t)get_u32(at) | (uint64_t)get_u32(at + 4) << 32;
}

void set_u16(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

void set_u32(uint8_t *at, uint32_t value) {
    set_u16(at, (uint16_t)value);
    set_u16(at + 2, (uint16_t)(value >> 16));
}

void set_u64(uint8_t *at, uint64_t value) {
    set_u32(at, (uint32_t)value);
    set_u32(at + 4, (uint32_t)(value >> 32));
}

int field_next(const uint8_t **cursor, const uint8_t *end, struct field *field) {
    size_t left = (size_t)(end - *cursor);
    if (left == 0) {
        return 0;
    }
    if (left < FIELD_HEADER_BYTES) {
        return -1;
    }
    const uint8_t *at = *cursor;
    field->tag = get_u16(at);
    field->length = get_u32(at + 4);
    field->value = at + FIELD_HEADER_BYTES;
    if (get_u16(at + 2) != 0 || field->length > left - FIELD_HEADER_BYTES) {
        return -1;
    }
    *cursor = field->value + field->length;
    return 1;
}

static int broken(struct fault *fault, uint16_t tag, const char *why) {
    char what[96];
    snprintf(what, sizeof what, "field %u %s", tag, why);
    return fault_set(fault, EBADMSG, "parse", what);
}

static int check_value(const struct field_spec *spec, const struct field *field, struct fault *fault) {
    if (spec->kind == FIELD_NUMBER) {
        if (field->length != 8) {
            return broken(fault, field->tag, "is not a number of 8 bytes");
        }
        int64_t number = (int64_t)get_u64(field->value);
        return number < spec->min || number > spec->max ? broken(fault, field->tag, "is out of range") : 0;
    }
    if (field->length < spec->min || field->length > spec->max) {
        return broken(fault, field->tag, "has a length out of range");
    }
    if (spec->kind != FIELD_BYTES && field->length > 0 && memchr(field->value, 0, field->length) != NULL) {
        return broken(fault, field->tag, "has a NUL in its text");
    }
    if (spec->kind == FIELD_PATH && (field->length == 0 || field->length > FIELD_PATH_BYTES || field->value[0] != '/')) {
        return broken(fault, field->tag, "is not an absolute path of at most 4096 bytes");
    }
    return 0;
}

static char *copy_text(struct arena *arena, const struct field *field) {
    char *copy = arena_take(arena, (size_t)field->length + 1);
    if (copy != NULL && field->length > 0) {
        memcpy(copy, field->value, field->length);
    }
    return copy;
}

static int store(const struct field_spec *spec, const struct field *field, uint32_t index, struct arena *arena,
                 struct field_value *value, struct fault *fault) {
    value->length = field->length;
    char *text = NULL;
    if (spec->kind == FIELD_TEXT || spec->kind == FIELD_PATH) {
        text = copy_text(arena, field);
        if (text == NULL) {
            return fault_set(fault, ENOMEM, "parse", "");
        }
    }
    if ((spec->flags & FIELD_REPEATED) != 0) {
        if (spec->kind == FIELD_NUMBER) {
            value->numbers[index] = (int64_t)get_u64(field->value);
        } else {
            value->texts[index] = text;
        }
    } else if (spec->kind == FIELD_NUMBER) {
        value->number = (int64_t)get_u64(field->value);
    } else if (spec->kind == FIELD_BYTES) {
        value->bytes = field->value;
    } else {
        value->text = text;
    }
    return 0;
}

static size_t find_spec(const struct field_spec *specs, size_t count, uint16_t tag) {
    size_t i = 0;
    while (i < count && specs[i].tag != tag) {
        i++;
    }
    return i;
}

/* First pass: every field is well formed, known, in its range and as often there as it may be. */
static int check_all(const struct field_spec *specs, size_t spec_count, const uint8_t *data, size_t length, bool unknown_is_error,
                     struct field_value *values, struct fault *fault) {
    const uint8_t *cursor = data;
    struct field field;
    int more;
    while ((more = field_next(&cursor, data + length, &field)) == 1) {
        size_t i = find_spec(specs, spec_count, field.tag);
        if (i == spec_count) {
            if (unknown_is_error) {
                return broken(fault, field.tag, "is not known");
            }
            continue;
        }
        if (check_value(&specs[i], &field, fault) != 0) {
            return -1;
        }
        if (++values[i].count > 1 && (specs[i].flags & FIELD_REPEATED) == 0) {
            return broken(fault, field.tag, "is there twice");
        }
    }
    if (more < 0) {
        return fault_set(fault, EBADMSG, "parse", "a field ends after the end");
    }
    for (size_t i = 0; i < spec_count; i++) {
        if (values[i].count == 0 && (specs[i].flags & FIELD_REQUIRED) != 0) {
            return broken(fault, specs[i].tag, "is missing");
        }
    }
    return 0;
}

int fields_read(const struct field_spec *specs, size_t spec_count, const uint8_t *data, size_t length, bool unknown_is_error,
                struct arena *arena, struct field_value *values, struct fault *fault) {
    memset(values, 0, spec_count * sizeof *values);
    if (check_all(specs, spec_count, data, length, unknown_is_error, values, fault) != 0) {
        return -1;
    }
    for (size_t i = 0; i < spec_count; i++) {
        if ((specs[i].flags & FIELD_REPEATED) != 0) {
            values[i].texts = arena_take(arena, ((size_t)values[i].count + 1) * sizeof(int64_t));
            if (values[i].texts == NULL) {
                return fault_set(fault, ENOMEM, "parse", "");
            }
            values[i].count = 0; /* counted again while they are stored */
        }
    }
    const uint8_t *cursor = data;
    struct field field;
    while (field_next(&cursor, data + length, &field) == 1) {
        size_t i = find_spec(specs, spec_count, field.tag);
        if (i == spec_count) {
            continue;
        }
        uint32_t index = (specs[i].flags & FIELD_REPEATED) != 0 ? values[i].count++ : 0;
        if (store(&specs[i], &field, index, arena, &values[i], fault) != 0) {
            return -1;
        }
    }
    return 0;
}

bool buffer_reserve(struct buffer *buffer, size_t more) {
    if (buffer->failed || more > SIZE_MAX / 4) {
        buffer->failed = true;
        return false;
    }
    if (buffer->capacity - buffer->length >= more) {
        return true;
    }
    size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
    while (capacity - buffer->length < more) {
        capacity *= 2;
    }
    uint8_t *data = realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void buffer_append(struct buffer *buffer, const void *data, size_t length) {
    if (length > 0 && buffer_reserve(buffer, length)) {
        memcpy(buffer->data + buffer->length, data, length);
        buffer->length += length;
    }
}

void buffer_free(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}

static void put_header(struct buffer *buffer, uint16_t tag, size_t length) {
    uint8_t header[FIELD_HEADER_BYTES] = {0};
    set_u16(header, tag);
    set_u32(header + 4, (uint32_t)length);
    buffer_append(buffer, header, sizeof header);
}

void put_number(struct buffer *buffer, uint16_t tag, int64_t value) {
    uint8_t bytes[8];
    set_u64(bytes, (uint64_t)value);
    put_bytes(buffer, tag, bytes, sizeof bytes);
}

void put_text(struct buffer *buffer, uint16_t tag, const char *text) {
    put_bytes(buffer, tag, text, strlen(text));
}

void put_bytes(struct buffer *buffer, uint16_t tag, const void *data, size_t length) {
    put_header(buffer, tag, length);
    buffer_append(buffer, data, length);
}

size_t put_nested(struct buffer *buffer, uint16_t tag) {
    put_header(buffer, tag, 0);
    return buffer->length;
}

void put_nested_end(struct buffer *buffer, size_t mark) {
    if (!buffer->failed) {
        set_u32(buffer->data + mark - 4, (uint32_t)(buffer->length - mark));
    }
}
