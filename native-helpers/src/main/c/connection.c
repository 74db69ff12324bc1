/* Clients of a monitor: accepted, read, answered, closed. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "monitor.h"
#include "own.h"

static void connection_close(struct connection *connection) {
    for (struct connection **at = &monitor.connections; *at != NULL; at = &(*at)->next) {
        if (*at == connection) {
            *at = connection->next;
            break;
        }
    }
    container_forget_asker(connection);
    pod_forget_asker(connection);
    if (connection->exec != NULL) {
        exec_abandon(connection->exec);
    }
    if (connection->attach != NULL) {
        attach_end(connection->attach);
    }
    if (connection->forward != NULL) {
        forward_abandon(connection->forward);
    }
    loop_unwatch(&connection->watch);
    own_close(&connection->channel.in);
    channel_free(&connection->channel);
    free(connection);
}

/* The loop will see the end of the socket. */
void connection_hang_up(struct connection *connection) {
    shutdown(connection->watch.fd, SHUT_RDWR);
}

int connection_take(struct connection *connection) {
    if (channel_send(&connection->channel) != 0) {
        return -1;
    }
    loop_unwatch(&connection->watch);
    connection->taken = true;
    connection->channel.out = -1;
    return own_give(&connection->channel.in);
}

void connection_free_taken(struct connection *connection) {
    connection_close(connection);
}

void connection_flush(struct connection *connection) {
    int left = channel_send(&connection->channel);
    if (left < 0 || channel_backlog(&connection->channel) > BACKLOG_BYTES) {
        connection_hang_up(connection);
        return;
    }
    if (connection->ending) {
        loop_change(&connection->watch, EPOLLOUT);
        if (left == 0) {
            connection_hang_up(connection); /* the client still reads what the socket holds */
        }
        return;
    }
    loop_change(&connection->watch, left > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
    if (left == 0 && connection->exec != NULL) {
        exec_resume(connection->exec);
    }
}

void connection_end(struct connection *connection) {
    connection->exec = NULL;
    connection->ending = true;
    connection->attach = NULL;
    connection_flush(connection);
}

static bool handle_frames(struct connection *connection) {
    struct frame frame;
    int whole;
    while ((whole = channel_next(&connection->channel, &frame)) == 1) {
        bool keep = request_handle(connection, &frame);
        channel_done(&connection->channel, &frame);
        if (connection->taken) {
            return false;
        }
        if (!keep) {
            channel_send(&connection->channel);
            return false;
        }
    }
    return whole == 0;
}

static void on_ready(struct watch *watch, uint32_t events) {
    struct connection *connection = (struct connection *)((char *)watch - offsetof(struct connection, watch));
    if ((events & EPOLLOUT) != 0) {
        connection_flush(connection);
    }
    if (connection->ending) {
        if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
            connection_close(connection);
        }
        return;
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) {
        return;
    }
    int received = channel_receive(&connection->channel);
    bool keep = received >= 0 && (received == 0 || handle_frames(connection));
    if (!keep && !connection->taken && channel_backlog(&connection->channel) > 0 && (events & EPOLLHUP) == 0 && received >= 0) {
        channel_send(&connection->channel);
    }
    if (!keep) {
        connection_close(connection);
    }
}

static bool is_root(int fd) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == 0;
}

static size_t connection_count(void) {
    size_t count = 0;
    for (struct connection *connection = monitor.connections; connection != NULL; connection = connection->next) {
        count++;
    }
    return count;
}

bool connection_accept(int socket) {
    int fd = accept4(socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
    }
    struct connection *connection = is_root(fd) && connection_count() < CONNECTIONS_MAX ? calloc(1, sizeof *connection) : NULL;
    if (connection == NULL) {
        close(fd);
        return true;
    }
    connection->channel.in = connection->channel.out = fd;
    connection->watch.ready = on_ready;
    if (loop_watch(&connection->watch, fd, EPOLLIN) != 0) {
        close(fd);
        free(connection);
        return true;
    }
    connection->next = monitor.connections;
    monitor.connections = connection;
    return true;
}

void answer_error(const struct asker *asker, const struct fault *fault) {
    if (asker->connection != NULL) {
        frame_error(&asker->connection->channel.queued, asker->request, fault);
        connection_flush(asker->connection);
    }
}

void answer_empty(const struct asker *asker, uint16_t type) {
    if (asker->connection != NULL) {
        frame_empty(&asker->connection->channel.queued, type, asker->request);
        connection_flush(asker->connection);
    }
}
