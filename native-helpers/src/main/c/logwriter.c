/* The control thread's side of the logs: it asks, the log's thread does. */
#include "logwriter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "log_shared.h"
#include "own.h"

#define THREAD_STACK_BYTES ((size_t)64 * 1024)

struct logs logs = {.mutex = PTHREAD_MUTEX_INITIALIZER, .to_thread = -1, .to_control = -1, .epoll = -1};

void log_ring(int event) {
    uint64_t one = 1;
    (void)!write(event, &one, sizeof one);
}

void log_hush(int event) {
    uint64_t count;
    (void)!read(event, &count, sizeof count);
}

static int start_thread(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    if (pthread_attr_init(&attributes) != 0) {
        return -1;
    }
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, &attributes, log_thread_run, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    errno = error;
    return error == 0 ? 0 : -1;
}

int logs_open(int *progress) {
    if (logs.to_control >= 0) {
        *progress = logs.to_control;
        return 0;
    }
    OWN_FD wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    OWN_FD news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    OWN_FD epoll = epoll_create1(EPOLL_CLOEXEC);
    char *data = mmap(NULL, LOG_OUTPUT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (wake < 0 || news < 0 || epoll < 0 || data == MAP_FAILED || epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) != 0) {
        return -1;
    }
    logs.to_thread = wake;
    logs.to_control = news;
    logs.epoll = epoll;
    logs.output = data;
    if (start_thread() != 0) {
        logs.to_thread = logs.to_control = logs.epoll = -1;
        logs.output = NULL;
        return -1;
    }
    own_give(&wake);
    own_give(&epoll);
    *progress = own_give(&news);
    return 0;
}

struct log *log_open(const char *path, int output, int errors) {
    /* Pages of its own: of the long line buffers only what was used takes memory, and all of it goes back. */
    struct log *log = mmap(NULL, sizeof *log, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (log == MAP_FAILED) {
        return NULL;
    }
    if (path != NULL && (log->path = strdup(path)) == NULL) {
        munmap(log, sizeof *log);
        errno = ENOMEM;
        return NULL;
    }
    fcntl(output, F_SETFL, O_NONBLOCK);
    if (errors >= 0) {
        fcntl(errors, F_SETFL, O_NONBLOCK);
    }
    log->file = -1;
    /* Field by field: the rest is zero, and a whole structure would write to all its pages. */
    log->output.fd = output;
    log->output.name = "stdout";
    log->errors.fd = errors;
    log->errors.name = "stderr";
    log->is_new = true;
    pthread_mutex_lock(&logs.mutex);
    log->next = logs.all;
    logs.all = log;
    pthread_mutex_unlock(&logs.mutex);
    log_ring(logs.to_thread);
    return log;
}

static void ask(bool *want) {
    pthread_mutex_lock(&logs.mutex);
    *want = true;
    pthread_mutex_unlock(&logs.mutex);
    log_ring(logs.to_thread);
}

void log_reopen(struct log *log) {
    ask(&log->want_reopen);
}

void log_finish(struct log *log, int64_t wait_ns) {
    log->finish_wait_ns = wait_ns;
    ask(&log->want_finish);
}

void log_abandon(struct log *log) {
    ask(&log->want_abandon);
}

struct log_progress log_progress(struct log *log) {
    pthread_mutex_lock(&logs.mutex);
    struct log_progress progress = {.reopened = log->reopened, .reopen_error = log->reopen_error, .finished = log->finished};
    log->reopened = false;
    pthread_mutex_unlock(&logs.mutex);
    return progress;
}

void log_error_text(struct log *log, char *text, size_t size) {
    pthread_mutex_lock(&logs.mutex);
    int error = log->error;
    const char *at = log->error_at;
    pthread_mutex_unlock(&logs.mutex);
    text[0] = '\0';
    if (error != 0) {
        const char *parts[] = {at, ": ", strerrordesc_np(error)};
        size_t length = 0;
        for (size_t i = 0; i < 3; i++) {
            size_t part = strnlen(parts[i] != NULL ? parts[i] : "?", size - length - 1);
            memcpy(text + length, parts[i] != NULL ? parts[i] : "?", part);
            length += part;
        }
        text[length] = '\0';
    }
}

void logs_hold(void) {
    pthread_mutex_lock(&logs.mutex);
}

void logs_go_on(void) {
    pthread_mutex_unlock(&logs.mutex);
}

struct log_client *log_attach(struct log *log, int stream, int socket, void *owner) {
    struct log_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return NULL;
    }
    *client = (struct log_client){
        .waiter = {.is_client = true},
        .log = log,
        .stream = stream == 1 ? &log->output : &log->errors,
        .socket = socket,
        .waiting = -1,
        .is_new = true,
        .owner = owner,
    };
    client->next = log->clients;
    log->clients = client;
    log_ring(logs.to_thread);
    return client;
}

void log_detach(struct log_client *client, bool now) {
    client->owner = NULL; /* only this thread looks at it */
    if (now) {
        ask(&client->want_close);
    }
}

/* Takes those out of the list that the thread does not use any more. */
static void collect_clients(struct log *log, struct log_client **over) {
    struct log_client **at = &log->clients;
    while (*at != NULL) {
        struct log_client *client = *at;
        if (client->released) {
            *at = client->next;
            client->next = *over;
            *over = client;
        } else {
            at = &client->next;
        }
    }
}

static void tell_owners(struct log_client *over, log_client_over *tell) {
    while (over != NULL) {
        struct log_client *client = over;
        over = client->next;
        if (client->owner != NULL) {
            tell(client->owner, client, client->cut);
        }
        own_close(&client->socket);
        free(client);
    }
}

void logs_collect(log_client_over *tell) {
    struct log_client *over = NULL;
    log_hush(logs.to_control);
    pthread_mutex_lock(&logs.mutex);
    struct log **at = &logs.all;
    while (*at != NULL) {
        struct log *log = *at;
        collect_clients(log, &over);
        if (log->released && log->clients == NULL) {
            *at = log->next;
            free(log->path);
            munmap(log, sizeof *log);
        } else {
            at = &log->next;
        }
    }
    pthread_mutex_unlock(&logs.mutex);
    tell_owners(over, tell);
}
