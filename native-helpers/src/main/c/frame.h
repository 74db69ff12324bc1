/* Frames over a pair of non-blocking fds (PROTOCOL.md section 1). */
#ifndef CRIJ_FRAME_H
#define CRIJ_FRAME_H

#include "fields.h"

#define FRAME_HEADER_BYTES 16u
#define FRAME_ERROR 0xFFFF

struct frame {
    uint16_t type;
    uint64_t request;
    uint32_t length;
    const uint8_t *payload;
};

/* 1: a whole frame stands at the start of the data; 0: more is needed; -1: it breaks a bound. */
int frame_parse(const uint8_t *data, size_t length, struct frame *frame);

/* A frame is written in place: begin, put fields, end. */
size_t frame_begin(struct buffer *buffer, uint16_t type, uint64_t request);
void frame_end(struct buffer *buffer, size_t mark);
void frame_empty(struct buffer *buffer, uint16_t type, uint64_t request);
void frame_error(struct buffer *buffer, uint64_t request, const struct fault *fault);

/* The bytes on their way in and out. `in` and `out` are borrowed and may be the same socket. */
struct channel {
    int in, out;
    struct buffer received, queued;
    size_t sent; /* of `queued` */
};

int channel_receive(struct channel *channel); /* 1: read something, 0: nothing there, -1: end or error */
int channel_next(struct channel *channel, struct frame *frame); /* as frame_parse; the payload stays until channel_done */
void channel_done(struct channel *channel, const struct frame *frame);
int channel_send(struct channel *channel); /* 0: all sent, 1: some is left, -1: the peer is gone */
size_t channel_backlog(const struct channel *channel);
void channel_free(struct channel *channel);

#endif
