/* Attached clients, as the log's thread serves them: each sees the bytes that the log gets. One that does not take them keeps a
 * bounded number waiting, then it is cut off: neither the container nor the log ever waits for a client. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log_shared.h"
#include "own.h"

/* The client that follows, without those that the control thread may free. */
static struct log_client *next_client(struct log *log, struct log_client *after) {
    pthread_mutex_lock(&logs.mutex);
    struct log_client *client = after != NULL ? after->next : log->clients;
    while (client != NULL && (client->released || client->is_new)) {
        client = client->next;
    }
    pthread_mutex_unlock(&logs.mutex);
    return client;
}

static size_t held_by_all; /* the thread's */

static void release(struct log_client *client, bool cut) {
    epoll_ctl(logs.epoll, EPOLL_CTL_DEL, client->socket, NULL);
    own_close(&client->waiting);
    held_by_all -= client->held;
    client->held = 0;
    if (!cut) {
        own_close(&client->socket); /* one that is cut off is told why before it sees the end */
    }
    pthread_mutex_lock(&logs.mutex);
    client->cut = cut;
    client->released = true;
    pthread_mutex_unlock(&logs.mutex);
    log_ring(logs.to_control);
}

static void watch_client(struct log_client *client, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = client};
    if (epoll_ctl(logs.epoll, operation, client->socket, &event) != 0) {
        release(client, false);
    }
}

/* Appends to the ring, in which there is room. */
static int append(struct log_client *client, const char *data, size_t length) {
    while (length > 0) {
        size_t at = (client->first + client->held) % LOG_CLIENT_BYTES;
        size_t part = LOG_CLIENT_BYTES - at < length ? LOG_CLIENT_BYTES - at : length;
        ssize_t count = pwrite(client->waiting, data, part, (off_t)at);
        if (count <= 0) {
            return -1;
        }
        data += count;
        length -= (size_t)count;
        client->held += (size_t)count;
        held_by_all += (size_t)count;
    }
    return 0;
}

static void keep(struct log_client *client, const char *data, size_t length) {
    bool first = client->held == 0;
    bool fits = length <= LOG_CLIENT_BYTES - client->held && length <= LOG_CLIENTS_BYTES - held_by_all;
    if (fits && client->waiting < 0) {
        client->waiting = memfd_create("attached", MFD_CLOEXEC);
        client->first = 0;
    }
    if (!fits || client->waiting < 0 || append(client, data, length) != 0) {
        release(client, true);
    } else if (first) {
        watch_client(client, EPOLL_CTL_MOD, EPOLLOUT);
    }
}

static void give(struct log_client *client, const char *data, size_t length) {
    ssize_t count = client->held == 0 ? send(client->socket, data, length, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
        release(client, false);
        return;
    }
    size_t sent = count > 0 ? (size_t)count : 0;
    if (sent < length) {
        keep(client, data + sent, length - sent);
    }
}

void log_clients_give(struct log *log, const struct log_stream *stream, const char *data, size_t length) {
    (void)log_clients_obey(log); /* who was attached before this was read gets it */
    struct log_client *client = next_client(log, NULL);
    while (client != NULL) {
        struct log_client *after = next_client(log, client);
        if (client->stream == stream && !client->ending) {
            give(client, data, length);
        }
        client = after;
    }
}

static void end(struct log_client *client) {
    client->ending = true;
    if (client->held == 0) {
        release(client, false);
    }
}

void log_clients_end(struct log *log, const struct log_stream *stream) {
    struct log_client *client = next_client(log, NULL);
    while (client != NULL) {
        struct log_client *after = next_client(log, client);
        if (client->stream == stream && !client->ending) {
            end(client);
        }
        client = after;
    }
}

void log_clients_drop(struct log *log) {
    struct log_client *client = next_client(log, NULL);
    while (client != NULL) {
        struct log_client *after = next_client(log, client);
        release(client, false);
        client = after;
    }
}

void log_client_ready(struct log_client *client, uint32_t events) {
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
        release(client, false);
        return;
    }
    while (client->held > 0) {
        off_t at = (off_t)client->first;
        size_t whole = LOG_CLIENT_BYTES - client->first;
        ssize_t count = sendfile(client->socket, client->waiting, &at, client->held < whole ? client->held : whole);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (count <= 0) {
            release(client, false);
            return;
        }
        client->first = (client->first + (size_t)count) % LOG_CLIENT_BYTES;
        client->held -= (size_t)count;
        held_by_all -= (size_t)count;
    }
    own_close(&client->waiting); /* its memory goes back */
    if (client->ending) {
        release(client, false);
    } else {
        watch_client(client, EPOLL_CTL_MOD, 0);
    }
}

static bool obey(struct log_client *client) {
    pthread_mutex_lock(&logs.mutex);
    bool is_new = client->is_new;
    bool close = client->want_close && !client->released;
    client->is_new = false;
    pthread_mutex_unlock(&logs.mutex);
    if (is_new) {
        watch_client(client, EPOLL_CTL_ADD, 0);
        close = close && client->socket >= 0;
    }
    if (close) {
        release(client, false);
    } else if (is_new && client->socket >= 0 && (client->stream->fd < 0 || client->log->finished)) {
        end(client);
    }
    return is_new || close;
}

bool log_clients_obey(struct log *log) {
    bool obeyed = false;
    for (;;) {
        pthread_mutex_lock(&logs.mutex);
        struct log_client *client = log->clients;
        while (client != NULL && (client->released || !(client->is_new || client->want_close))) {
            client = client->next;
        }
        pthread_mutex_unlock(&logs.mutex);
        if (client == NULL) {
            return obeyed;
        }
        obeyed = true;
        obey(client);
    }
}
