#include "frame.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES ((size_t)4096)

int frame_parse(const uint8_t *data, size_t length, struct frame *frame) {
    if (length < FRAME_HEADER_BYTES) {
        return 0;
    }
    frame->length = get_u32(data);
    frame->type = get_u16(data + 4);
    frame->request = get_u64(data + 8);
    frame->payload = data + FRAME_HEADER_BYTES;
    if (frame->length > PAYLOAD_BYTES || get_u16(data + 6) != 0) {
        return -1;
    }
    return length - FRAME_HEADER_BYTES >= frame->length ? 1 : 0;
}

size_t frame_begin(struct buffer *buffer, uint16_t type, uint64_t request) {
    uint8_t header[FRAME_HEADER_BYTES] = {0};
    set_u16(header + 4, type);
    set_u64(header + 8, request);
    buffer_append(buffer, header, sizeof header);
    return buffer->length;
}

void frame_end(struct buffer *buffer, size_t mark) {
    if (!buffer->failed) {
        set_u32(buffer->data + mark - FRAME_HEADER_BYTES, (uint32_t)(buffer->length - mark));
    }
}

void frame_empty(struct buffer *buffer, uint16_t type, uint64_t request) {
    frame_end(buffer, frame_begin(buffer, type, request));
}

void frame_error(struct buffer *buffer, uint64_t request, const struct fault *fault) {
    size_t mark = frame_begin(buffer, FRAME_ERROR, request);
    put_number(buffer, 1, fault->err);
    put_text(buffer, 2, fault->stage);
    put_text(buffer, 3, fault->what);
    put_number(buffer, 4, fault->op);
    frame_end(buffer, mark);
}

int channel_receive(struct channel *channel) {
    struct buffer *received = &channel->received;
    if (!buffer_reserve(received, READ_BYTES)) {
        return -1;
    }
    ssize_t count = read(channel->in, received->data + received->length, received->capacity - received->length);
    if (count > 0) {
        received->length += (size_t)count;
        return 1;
    }
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

int channel_next(struct channel *channel, struct frame *frame) {
    return frame_parse(channel->received.data, channel->received.length, frame);
}

void channel_done(struct channel *channel, const struct frame *frame) {
    struct buffer *received = &channel->received;
    size_t used = FRAME_HEADER_BYTES + frame->length;
    received->length -= used;
    if (received->length == 0) {
        buffer_free(received); /* an idle connection holds no memory */
    } else {
        memmove(received->data, received->data + used, received->length);
    }
}

int channel_send(struct channel *channel) {
    struct buffer *queued = &channel->queued;
    if (queued->failed) {
        return -1;
    }
    while (channel->sent < queued->length) {
        ssize_t count = write(channel->out, queued->data + channel->sent, queued->length - channel->sent);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return errno == EAGAIN ? 1 : -1;
        }
        channel->sent += (size_t)count;
    }
    buffer_free(queued);
    channel->sent = 0;
    return 0;
}

size_t channel_backlog(const struct channel *channel) {
    return channel->queued.length - channel->sent;
}

void channel_free(struct channel *channel) {
    buffer_free(&channel->received);
    buffer_free(&channel->queued);
    channel->sent = 0;
}
