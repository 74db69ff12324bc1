/* Connections to ports of the pod. The socket is made inside the pod's network namespace; its bytes never leave the kernel. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "monitor.h"
#include "own.h"
#include "pump.h"

#define OF(type, member, pointer) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))
#define CONNECT_NS (10 * NS_PER_S)

struct forward {
    struct forward *next;
    struct asker asker; /* until it is connected */
    uint16_t port;
    bool over_ipv6;
    int refusal;    /* errno of IPv4 */
    int socket;     /* while it connects */
    struct watch connecting;
    struct timer deadline;
    struct pump up, down; /* to the pod, from the pod */
};

static void forward_free(struct forward *forward) {
    for (struct forward **at = &monitor.forwards; *at != NULL; at = &(*at)->next) {
        if (*at == forward) {
            *at = forward->next;
            break;
        }
    }
    if (forward->asker.connection != NULL) {
        forward->asker.connection->forward = NULL;
    }
    loop_untimer(&forward->deadline);
    loop_unwatch(&forward->connecting);
    own_close(&forward->socket);
    pump_stop(&forward->up);
    pump_stop(&forward->down);
    free(forward);
}

void forward_abandon(struct forward *forward) {
    forward_free(forward);
}

/* ---- the way to the pod ---- */

static int socket_in_pod(int family) {
    if (monitor.pod.net < 0) {
        return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    }
    OWN_FD own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own < 0 || setns(monitor.pod.net, CLONE_NEWNET) != 0) {
        return -1;
    }
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int error = errno;
    if (setns(own, CLONE_NEWNET) != 0) {
        abort(); /* every later socket would be in a foreign namespace */
    }
    errno = error;
    return fd;
}

static int start_connecting(struct forward *forward) {
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(forward->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(forward->port), .sin6_addr = in6addr_loopback};
    const struct sockaddr *address = forward->over_ipv6 ? (const struct sockaddr *)&ipv6 : (const struct sockaddr *)&ipv4;
    socklen_t size = forward->over_ipv6 ? sizeof ipv6 : sizeof ipv4;
    OWN_FD fd = socket_in_pod(address->sa_family);
    if (fd < 0 || (connect(fd, address, size) != 0 && errno != EINPROGRESS)) {
        return -1;
    }
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (loop_watch(&forward->connecting, fd, EPOLLOUT) != 0) {
        return -1;
    }
    forward->socket = own_give(&fd);
    return 0;
}

/* Over IPv4, or else over IPv6. A pod without IPv6 says why it was not reached over IPv4. */
static int connect_or_else(struct forward *forward, int error) {
    if (!forward->over_ipv6) {
        if (error == 0 && start_connecting(forward) == 0) {
            return 0;
        }
        forward->refusal = error != 0 ? error : errno;
        forward->over_ipv6 = true;
        error = 0;
    }
    if (error == 0 && start_connecting(forward) == 0) {
        return 0;
    }
    errno = forward->refusal;
    return -1;
}

static int refuse(const struct forward *forward, int error, struct fault *fault) {
    char what[64];
    snprintf(what, sizeof what, "port %u of 127.0.0.1 and ::1", (unsigned)forward->port);
    return fault_set(fault, error, "forward", what);
}

static void fail(struct forward *forward, int error) {
    struct asker asker = forward->asker;
    struct fault fault = {.op = -1};
    refuse(forward, error, &fault);
    forward_free(forward);
    answer_error(&asker, &fault);
}

/* ---- connected ---- */

/* The client may have stopped to send, or the pod to listen: what the pod sends still gets through. */
static void on_up_over(struct pump *pump, bool broken) {
    struct forward *forward = OF(struct forward, up, pump);
    (void)broken;
    if (pump_is_idle(&forward->down)) {
        forward_free(forward);
    }
}

static void on_down_over(struct pump *pump, bool broken) {
    struct forward *forward = OF(struct forward, down, pump);
    if (broken || pump_is_idle(&forward->up)) {
        forward_free(forward);
    }
}

static void connected(struct forward *forward) {
    struct connection *connection = forward->asker.connection;
    loop_untimer(&forward->deadline);
    if (connection->channel.received.length > 0) {
        connection_hang_up(connection); /* bytes of the stream come after the reply */
        return;
    }
    frame_empty(&connection->channel.queued, FORWARD, forward->asker.request);
    OWN_FD client = connection_take(connection);
    if (client < 0) {
        connection_hang_up(connection);
        return;
    }
    forward->asker.connection = NULL;
    connection->forward = NULL;
    connection_free_taken(connection);
    OWN_FD client_again = fcntl(client, F_DUPFD_CLOEXEC, 3);
    OWN_FD pod_again = fcntl(forward->socket, F_DUPFD_CLOEXEC, 3);
    /* `down` first: as long as it is there, an end of `up` frees nothing. */
    if (client_again < 0 || pod_again < 0 ||
        pump_start(&forward->down, PUMP_SOCKETS, own_give(&pod_again), own_give(&client_again), on_down_over) != 0 ||
        pump_start(&forward->up, PUMP_SOCKETS, own_give(&client), own_give(&forward->socket), on_up_over) != 0) {
        forward_free(forward);
    }
}

static void on_connected(struct watch *watch, uint32_t events) {
    struct forward *forward = OF(struct forward, connecting, watch);
    int error = 0;
    socklen_t size = sizeof error;
    (void)events;
    if (getsockopt(forward->socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
        error = errno;
    }
    loop_unwatch(watch);
    if (error == 0) {
        connected(forward);
        return;
    }
    own_close(&forward->socket);
    if (connect_or_else(forward, error) != 0) {
        fail(forward, errno);
    }
}

static void on_deadline(struct timer *timer) {
    fail(OF(struct forward, deadline, timer), ETIMEDOUT);
}

static size_t forward_count(void) {
    size_t count = 0;
    for (struct forward *forward = monitor.forwards; forward != NULL; forward = forward->next) {
        count++;
    }
    return count;
}

int forward_start(int64_t port, const struct asker *asker, struct fault *fault) {
    struct forward *forward = forward_count() < FORWARDS_MAX ? calloc(1, sizeof *forward) : NULL;
    if (forward == NULL) {
        return fault_set(fault, ENOSPC, "forward", "too many ports are forwarded");
    }
    *forward = (struct forward){
        .next = monitor.forwards,
        .asker = *asker,
        .port = (uint16_t)port,
        .socket = -1,
        .connecting = {.fd = -1, .ready = on_connected},
        .deadline = {.due = on_deadline},
    };
    pump_clear(&forward->up);
    pump_clear(&forward->down);
    monitor.forwards = forward;
    if (!monitor.set_up) {
        forward_free(forward);
        return fault_set(fault, EINVAL, "forward", "the pod is not set up");
    }
    if (connect_or_else(forward, 0) != 0) {
        refuse(forward, errno, fault);
        forward->asker.connection = NULL;
        forward_free(forward);
        return -1;
    }
    asker->connection->forward = forward;
    loop_timer(&forward->deadline, CONNECT_NS);
    return 0;
}
