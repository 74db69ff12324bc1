/* Fields, the one encoding of messages, plans and nested values (PROTOCOL.md section 1). */
#ifndef CRIJ_FIELDS_H
#define CRIJ_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "fault.h"

#define FIELD_HEADER_BYTES 8u
#define FIELD_PATH_BYTES 4096
#define PAYLOAD_BYTES ((uint32_t)1 << 20) /* bound of a frame's payload and of a plan's body */

enum field_kind {
    FIELD_NUMBER, /* min..max bound the number */
    FIELD_TEXT,   /* bytes without NUL; min..max bound the length */
    FIELD_PATH,   /* a text that starts with a slash, at most 4,096 bytes */
    FIELD_BYTES   /* min..max bound the length */
};
enum { FIELD_REQUIRED = 1, FIELD_REPEATED = 2 };

struct field_spec {
    uint16_t tag;
    uint8_t kind;
    uint8_t flags;
    int64_t min, max;
};

struct field_value {
    uint32_t count;  /* how often it was there */
    uint32_t length; /* of a text or bytes */
    union {
        int64_t number;
        const char *text; /* ends with NUL */
        const uint8_t *bytes; /* points into what was parsed */
        char **texts;     /* repeated: ends with NULL */
        int64_t *numbers; /* repeated */
    };
};

struct field {
    uint16_t tag;
    uint32_t length;
    const uint8_t *value;
};

/* Walks over a run of fields. 1: `field` is the next one; 0: end; -1: broken. */
int field_next(const uint8_t **cursor, const uint8_t *end, struct field *field);

/* Reads a run of fields by their specs into values[i] for specs[i]. All rules are checked; texts are copied into the arena. */
int fields_read(const struct field_spec *specs, size_t spec_count, const uint8_t *data, size_t length, bool unknown_is_error,
                struct arena *arena, struct field_value *values, struct fault *fault);

/* Bytes that grow. A failed allocation is remembered in `failed`, so that writers need no check at each step. */
struct buffer {
    uint8_t *data;
    size_t length, capacity;
    bool failed;
};

bool buffer_reserve(struct buffer *buffer, size_t more);
void buffer_append(struct buffer *buffer, const void *data, size_t length);
void buffer_free(struct buffer *buffer);

void put_number(struct buffer *buffer, uint16_t tag, int64_t value);
void put_text(struct buffer *buffer, uint16_t tag, const char *text);
void put_bytes(struct buffer *buffer, uint16_t tag, const void *data, size_t length);
size_t put_nested(struct buffer *buffer, uint16_t tag);        /* returns a mark for put_nested_end */
void put_nested_end(struct buffer *buffer, size_t mark);

uint16_t get_u16(const uint8_t *at);
uint32_t get_u32(const uint8_t *at);
uint64_t get_u64(const uint8_t *at);
void set_u16(uint8_t *at, uint16_t value);
void set_u32(uint8_t *at, uint32_t value);
void set_u64(uint8_t *at, uint64_t value);

#endif
