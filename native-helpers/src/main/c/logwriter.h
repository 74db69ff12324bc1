/* Container logs in the CRI's format, pumped by one thread of their own. The thread allocates no memory: the control thread forks,
 * and a fork must not meet a lock of the allocator that the thread holds. */
#ifndef CRIJ_LOGWRITER_H
#define CRIJ_LOGWRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_SPLIT_BYTES 16384
#define LOG_ERROR_BYTES 160

struct log;

/* Starts the thread, once. *progress is readable when logs_collect has something to do. */
int logs_open(int *progress);

/* Takes over both fds (`errors` may be -1: a terminal). `path` NULL: what comes is thrown away. NULL with errno on failure, then
 * the fds stay the caller's. */
struct log *log_open(const char *path, int output, int errors);
void log_reopen(struct log *log);
/* The writer has ended: what is in the pipes is still written, other holders of them are waited for at most this long. */
void log_finish(struct log *log, int64_t wait_ns);
/* The log is closed, whatever is still in the pipes, and freed. `log` is not valid any more. */
void log_abandon(struct log *log);

struct log_progress {
    bool reopened; /* since the last call: the reopen is done */
    int reopen_error; /* errno, 0: well */
    bool finished; /* all that was there when it ended has been written */
};
struct log_progress log_progress(struct log *log);
void log_error_text(struct log *log, char *text, size_t size); /* empty: no error */

/* Attached clients. Each gets what comes from now on; one for which more than this waits is cut off. */
#define LOG_CLIENT_BYTES ((size_t)16 << 20)
#define LOG_CLIENTS_BYTES ((size_t)64 << 20) /* of all of a pod together */
struct log_client;
/* Between these two the thread hands out nothing that it reads: a client is told that it is attached and added, and so misses nothing of
 * what its own input brings about. */
void logs_hold(void);
void logs_go_on(void);
/* While held. `stream` 1 is stdout, 2 stderr. Takes over the socket, which must not block; NULL with errno on failure, then it stays the caller's. */
struct log_client *log_attach(struct log *log, int stream, int socket, void *owner);
/* Its owner is not told any more, and `client` is not valid any more. Not `now`: it may take what waits for it, and the rest. */
void log_detach(struct log_client *client, bool now);

/* The stream has ended or the client has left or was cut off: `client` is gone after this call. Its socket is closed after it. */
typedef void log_client_over(void *owner, const struct log_client *client, bool cut);
void logs_collect(log_client_over *tell); /* empties `progress`, frees what was abandoned */

/* Pure part: turns bytes of one stream into lines of the log. */
struct log_stream {
    int fd; /* -1: ended */
    const char *name;
    size_t held;
    char line[LOG_SPLIT_BYTES + 1];
};
struct log_output {
    char *data;
    size_t length, capacity;
    void (*flush)(struct log_output *output);
    void *context;
};
/* Writes every whole line that is held, and a P part for each 16 KiB without an end. `at_end`: the rest too. */
void log_format(struct log_stream *stream, int64_t epoch_ns, bool at_end, struct log_output *output);
void log_time(int64_t epoch_ns, char text[31]); /* RFC 3339, UTC, 30 characters */

#endif
