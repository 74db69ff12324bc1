/* A blocking client of crij-pod for tests. */
#ifndef CRIJ_CLIENT_H
#define CRIJ_CLIENT_H

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "frame.h"

#define PATIENCE_MS 20000

struct client {
    int in, out;
    uint64_t last;
    struct frame reply;
    struct buffer payload; /* the reply's */
};

static inline int client_read(int fd, uint8_t *to, size_t length) {
    while (length > 0) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, PATIENCE_MS) != 1) {
            return -1;
        }
        ssize_t count = read(fd, to, length);
        if (count <= 0) {
            return -1;
        }
        to += count;
        length -= (size_t)count;
    }
    return 0;
}

/* The type of the next frame, or -1 at the end or after too long a wait. */
static inline int client_receive(struct client *client) {
    uint8_t header[FRAME_HEADER_BYTES];
    buffer_free(&client->payload);
    if (client_read(client->in, header, sizeof header) != 0) {
        return -1;
    }
    uint32_t length = get_u32(header);
    if (length > PAYLOAD_BYTES || !buffer_reserve(&client->payload, (size_t)length + 1) ||
        client_read(client->in, client->payload.data, length) != 0) {
        return -1;
    }
    client->payload.length = length;
    client->reply = (struct frame){.type = get_u16(header + 4), .request = get_u64(header + 8), .length = length, .payload = client->payload.data};
    return client->reply.type;
}

/* Sends the fields as one request. The fields are freed. */
static inline bool client_send(struct client *client, uint16_t type, struct buffer *fields) {
    struct buffer request = {0};
    size_t mark = frame_begin(&request, type, ++client->last);
    buffer_append(&request, fields->data, fields->length);
    frame_end(&request, mark);
    size_t sent = 0;
    while (sent < request.length) {
        ssize_t count = write(client->out, request.data + sent, request.length - sent);
        if (count < 0) {
            break;
        }
        sent += (size_t)count;
    }
    bool all = sent == request.length;
    buffer_free(&request);
    buffer_free(fields);
    return all;
}

/* Sends them and waits for the next frame. */
static inline int client_call(struct client *client, uint16_t type, struct buffer *fields) {
    (void)client_send(client, type, fields);
    return client_receive(client);
}

static inline bool client_field(const struct client *client, uint16_t tag, struct field *field) {
    const uint8_t *cursor = client->payload.data;
    while (field_next(&cursor, client->payload.data + client->payload.length, field) == 1) {
        if (field->tag == tag) {
            return true;
        }
    }
    return false;
}

static inline int64_t client_number(const struct client *client, uint16_t tag) {
    struct field field;
    return client_field(client, tag, &field) && field.length == 8 ? (int64_t)get_u64(field.value) : INT64_MIN;
}

static inline bool client_text_is(const struct client *client, uint16_t tag, const char *text) {
    struct field field;
    return client_field(client, tag, &field) && field.length == strlen(text) && memcmp(field.value, text, field.length) == 0;
}

/* For output of which more may have come by the time it is looked at. */
static inline bool client_text_begins(const struct client *client, uint16_t tag, const char *text) {
    struct field field;
    return client_field(client, tag, &field) && field.length >= strlen(text) && memcmp(field.value, text, strlen(text)) == 0;
}

static inline struct client client_connect(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        fd = -1;
    }
    return (struct client){.in = fd, .out = fd};
}

static inline void client_close(struct client *client) {
    buffer_free(&client->payload);
    close(client->in);
    if (client->out != client->in) {
        close(client->out);
    }
}

#endif
