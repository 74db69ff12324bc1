/* What the log's thread and the control thread share. Only the files of the log know it. */
#ifndef CRIJ_LOG_SHARED_H
#define CRIJ_LOG_SHARED_H

#include <pthread.h>

#include "logwriter.h"

/* What the thread's epoll waits for; first in its struct. The thread's own wake-up has none. */
struct waiter {
    bool is_client;
};

struct log {
    struct waiter waiter;
    struct log *next;
    char *path;
    int file; /* the thread's */
    int64_t finish_at_ns; /* the thread's; 0: the writer runs */
    /* Below: shared, under the mutex. */
    bool is_new, want_reopen, want_finish, want_abandon;
    int64_t finish_wait_ns;
    bool reopened, finished, released;
    int reopen_error;
    int error; /* errno of the last failed write or open, 0: none */
    const char *error_at;
    struct log_client *clients; /* only the control thread adds and removes */
    /* The thread's. Last, for their lines are long and mostly of untouched pages. */
    struct log_stream output, errors;
};

/* Somebody who is attached to one stream of a log. */
struct log_client {
    struct waiter waiter;
    struct log_client *next;
    struct log *log;
    struct log_stream *stream;
    int socket;     /* the thread's until it is released */
    int waiting;    /* the thread's: a memory file, used as a ring, with what the socket did not take yet; -1: nothing */
    size_t first, held; /* the thread's: where the waiting bytes begin, and their number */
    bool ending;    /* the thread's: nothing more comes */
    /* Below: shared, under the mutex. */
    bool is_new, want_close, released, cut;
    void *owner; /* the control thread's; NULL: nobody cares any more */
};

struct logs {
    pthread_mutex_t mutex;
    struct log *all; /* under the mutex; only the control thread adds and removes */
    int to_thread, to_control; /* eventfds */
    int epoll; /* the thread's */
    char *output; /* the thread's */
};
extern struct logs logs;

#define LOG_OUTPUT_BYTES ((size_t)32 * 1024)

void log_ring(int event);
void log_hush(int event);
void *log_thread_run(void *unused);

/* log_clients.c, all for the thread */
void log_clients_give(struct log *log, const struct log_stream *stream, const char *data, size_t length);
void log_clients_end(struct log *log, const struct log_stream *stream); /* gives them what waits, then their end */
void log_clients_drop(struct log *log);                                 /* their end at once */
bool log_clients_obey(struct log *log);                                 /* true when anything was asked */
void log_client_ready(struct log_client *client, uint32_t events);

#endif
