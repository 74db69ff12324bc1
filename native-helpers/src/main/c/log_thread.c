/* The log's thread: it alone reads what containers write. It allocates no memory, see logwriter.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log_shared.h"
#include "loop.h"
#include "own.h"

static void note_error(struct log *log, int error, const char *at) {
    pthread_mutex_lock(&logs.mutex);
    log->error = error;
    log->error_at = at;
    pthread_mutex_unlock(&logs.mutex);
}

/* A regular file or nothing: a container that can write to the folder must not lead our writes elsewhere by a link, nor stop all logs of
 * the pod by a FIFO that nobody reads. */
static int open_file(const char *path) {
    OWN_FD file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0640);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) {
        return -1;
    }
    if (!S_ISREG(status.st_mode)) {
        errno = EINVAL;
        return -1;
    }
    return own_give(&file);
}

/* Takes back the part of a line that a full disk let through: what comes once there is room again must begin a line of its own. */
static void cut_torn_line(int file, const char *written, size_t length) {
    const char *newline = memrchr(written, '\n', length);
    size_t torn = newline == NULL ? length : length - (size_t)(newline - written) - 1;
    struct stat status;
    if (torn > 0 && fstat(file, &status) == 0 && status.st_size >= (off_t)torn) {
        (void)!ftruncate(file, status.st_size - (off_t)torn);
    }
}

static void flush_to_file(struct log_output *output) {
    struct log *log = output->context;
    const char *at = output->data;
    size_t left = output->length;
    output->length = 0;
    while (log->file >= 0 && left > 0) {
        ssize_t count = write(log->file, at, left);
        if (count < 0 && errno != EINTR) {
            note_error(log, errno, "write");
            cut_torn_line(log->file, output->data, (size_t)(at - output->data));
            return; /* drained, not kept: a full disk must not stop the container */
        }
        if (count > 0) {
            at += count;
            left -= (size_t)count;
        }
    }
}

static void format(struct log *log, struct log_stream *stream, bool at_end) {
    struct log_output output = {.data = logs.output, .capacity = LOG_OUTPUT_BYTES, .flush = flush_to_file, .context = log};
    log_format(stream, clock_epoch_ns(), at_end, &output);
    flush_to_file(&output);
}

static bool has_ended(const struct log *log) {
    return log->output.fd < 0 && log->errors.fd < 0;
}

static void end_stream(struct log *log, struct log_stream *stream) {
    if (stream->fd >= 0) {
        format(log, stream, true);
        log_clients_end(log, stream);
        epoll_ctl(logs.epoll, EPOLL_CTL_DEL, stream->fd, NULL);
        own_close(&stream->fd);
    }
    if (has_ended(log)) {
        own_close(&log->file);
    }
}

/* One read. False when there is nothing to read now. */
static bool pump(struct log *log, struct log_stream *stream) {
    if (stream->fd < 0) {
        return false;
    }
    ssize_t count = read(stream->fd, stream->line + stream->held, sizeof stream->line - stream->held);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return errno == EINTR;
    }
    if (count <= 0) { /* EIO is how the end of a terminal looks */
        end_stream(log, stream);
        return false;
    }
    log_clients_give(log, stream, stream->line + stream->held, (size_t)count);
    stream->held += (size_t)count;
    format(log, stream, false);
    return true;
}

static void watch_stream(struct log *log, struct log_stream *stream) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &log->waiter};
    if (stream->fd >= 0 && epoll_ctl(logs.epoll, EPOLL_CTL_ADD, stream->fd, &event) != 0) {
        note_error(log, errno, "watch");
    }
}

static void start_log(struct log *log) {
    if (log->path != NULL && (log->file = open_file(log->path)) < 0) {
        note_error(log, errno, "open");
    }
    watch_stream(log, &log->output);
    watch_stream(log, &log->errors);
}

static void reopen_log(struct log *log) {
    int file = log->path != NULL ? open_file(log->path) : -1;
    int error = log->path != NULL && file < 0 ? errno : 0;
    if (file >= 0) {
        own_close(&log->file);
        log->file = file;
    }
    pthread_mutex_lock(&logs.mutex);
    log->reopened = true;
    log->reopen_error = error;
    log->error = file >= 0 ? 0 : log->error;
    pthread_mutex_unlock(&logs.mutex);
}

static void release_log(struct log *log) {
    end_stream(log, &log->output);
    end_stream(log, &log->errors);
    log_clients_drop(log);
    own_close(&log->file);
    log->finish_at_ns = 0;
    pthread_mutex_lock(&logs.mutex);
    log->released = true;
    pthread_mutex_unlock(&logs.mutex);
}

static void say_finished(struct log *log) {
    log->finish_at_ns = 0;
    log_clients_end(log, &log->output);
    log_clients_end(log, &log->errors);
    pthread_mutex_lock(&logs.mutex);
    log->finished = true;
    pthread_mutex_unlock(&logs.mutex);
    log_ring(logs.to_control);
}

static void finish_log(struct log *log, int64_t wait_ns) {
    while (pump(log, &log->output) || pump(log, &log->errors)) {
    }
    log->finish_at_ns = clock_monotonic_ns() + wait_ns;
    if (has_ended(log) || wait_ns == 0) {
        say_finished(log);
    }
}

/* Does what the control thread asked of one log. True when it did anything. */
static bool obey(struct log *log) {
    pthread_mutex_lock(&logs.mutex);
    bool is_new = log->is_new;
    bool reopen = log->want_reopen;
    bool finish = log->want_finish;
    bool abandon = log->want_abandon && !log->released;
    int64_t wait_ns = log->finish_wait_ns;
    log->is_new = log->want_reopen = log->want_finish = false;
    pthread_mutex_unlock(&logs.mutex);
    if (is_new) {
        start_log(log);
    }
    if (reopen) {
        reopen_log(log);
    }
    if (finish) {
        finish_log(log, wait_ns);
    }
    bool clients = log_clients_obey(log);
    if (abandon) {
        release_log(log); /* the last: from here on the control thread may free it */
    }
    return is_new || reopen || finish || abandon || clients;
}

/* Under the mutex. */
static bool is_asked(const struct log *log) {
    if (log->is_new || log->want_reopen || log->want_finish || (log->want_abandon && !log->released)) {
        return true;
    }
    for (const struct log_client *client = log->clients; client != NULL; client = client->next) {
        if (!client->released && (client->is_new || client->want_close)) {
            return true;
        }
    }
    return false;
}

/* The list may grow at its head and lose released entries while this walks, so each step starts anew under the mutex. */
static void obey_all(void) {
    bool again = true;
    while (again) {
        again = false;
        pthread_mutex_lock(&logs.mutex);
        struct log *log = logs.all;
        while (log != NULL && !is_asked(log)) {
            log = log->next;
        }
        pthread_mutex_unlock(&logs.mutex);
        /* Entries are freed only after `released`, which only this thread sets. */
        if (log != NULL) {
            again = obey(log);
            log_ring(logs.to_control);
        }
    }
}

/* Milliseconds until the first log's wait ends, -1: none waits. Those whose wait is over are told. */
static int next_wait_ms(void) {
    int wait = -1;
    for (;;) {
        int64_t now = clock_monotonic_ns();
        struct log *over = NULL;
        wait = -1;
        pthread_mutex_lock(&logs.mutex);
        for (struct log *log = logs.all; log != NULL && over == NULL; log = log->next) {
            if (log->finish_at_ns == 0) {
                continue;
            }
            int64_t left = log->finish_at_ns - now;
            over = left <= 0 || has_ended(log) ? log : NULL;
            int ms = (int)(left / NS_PER_MS) + 1;
            wait = wait < 0 || ms < wait ? ms : wait;
        }
        pthread_mutex_unlock(&logs.mutex);
        if (over == NULL) {
            return wait;
        }
        say_finished(over);
    }
}

void *log_thread_run(void *unused) {
    (void)unused;
    for (;;) {
        struct epoll_event event;
        int count = epoll_wait(logs.epoll, &event, 1, next_wait_ms());
        if (count != 1) {
            continue;
        }
        struct waiter *waiter = event.data.ptr; /* the first in its struct */
        if (waiter == NULL) {
            log_hush(logs.to_thread);
            obey_all();
        } else if (waiter->is_client) {
            log_client_ready((struct log_client *)waiter, event.events);
        } else {
            struct log *log = (struct log *)waiter;
            pump(log, &log->output);
            pump(log, &log->errors);
        }
    }
    return NULL;
}
