#include "logwriter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop.h"
#include "own.h"

#define THREAD_STACK_BYTES ((size_t)64 * 1024)
#define OUTPUT_BYTES ((size_t)32 * 1024)

struct log {
    struct log *next;
    char *path;
    int file; /* the thread's */
    struct log_stream output, errors; /* the thread's */
    int64_t finish_at_ns; /* the thread's; 0: the writer runs */
    /* Below: shared, under the mutex. */
    bool is_new, want_reopen, want_finish, want_abandon;
    int64_t finish_wait_ns;
    bool reopened, finished, released;
    int reopen_error;
    int error; /* errno of the last failed write or open, 0: none */
    const char *error_at;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct log *logs; /* under the mutex; only the control thread adds and removes */
static int to_thread = -1;
static int to_control = -1;
static int thread_epoll = -1;
static char *output_data;

static void ring(int event) {
    uint64_t one = 1;
    (void)!write(event, &one, sizeof one);
}

static void hush(int event) {
    uint64_t count;
    (void)!read(event, &count, sizeof count);
}

/* ---- the thread ---- */

static void note_error(struct log *log, int error, const char *at) {
    pthread_mutex_lock(&mutex);
    log->error = error;
    log->error_at = at;
    pthread_mutex_unlock(&mutex);
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
    struct log_output output = {.data = output_data, .capacity = OUTPUT_BYTES, .flush = flush_to_file, .context = log};
    log_format(stream, clock_epoch_ns(), at_end, &output);
    flush_to_file(&output);
}

static bool has_ended(const struct log *log) {
    return log->output.fd < 0 && log->errors.fd < 0;
}

static void end_stream(struct log *log, struct log_stream *stream) {
    if (stream->fd >= 0) {
        format(log, stream, true);
        epoll_ctl(thread_epoll, EPOLL_CTL_DEL, stream->fd, NULL);
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
    stream->held += (size_t)count;
    format(log, stream, false);
    return true;
}

static void watch_stream(struct log *log, struct log_stream *stream) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = log};
    if (stream->fd >= 0 && epoll_ctl(thread_epoll, EPOLL_CTL_ADD, stream->fd, &event) != 0) {
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
    pthread_mutex_lock(&mutex);
    log->reopened = true;
    log->reopen_error = error;
    log->error = file >= 0 ? 0 : log->error;
    pthread_mutex_unlock(&mutex);
}

static void release_log(struct log *log) {
    end_stream(log, &log->output);
    end_stream(log, &log->errors);
    own_close(&log->file);
    log->finish_at_ns = 0;
    pthread_mutex_lock(&mutex);
    log->released = true;
    pthread_mutex_unlock(&mutex);
}

static void say_finished(struct log *log) {
    log->finish_at_ns = 0;
    pthread_mutex_lock(&mutex);
    log->finished = true;
    pthread_mutex_unlock(&mutex);
    ring(to_control);
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
    pthread_mutex_lock(&mutex);
    bool is_new = log->is_new;
    bool reopen = log->want_reopen;
    bool finish = log->want_finish;
    bool abandon = log->want_abandon && !log->released;
    int64_t wait_ns = log->finish_wait_ns;
    log->is_new = log->want_reopen = log->want_finish = false;
    pthread_mutex_unlock(&mutex);
    if (is_new) {
        start_log(log);
    }
    if (reopen) {
        reopen_log(log);
    }
    if (finish) {
        finish_log(log, wait_ns);
    }
    if (abandon) {
        release_log(log);
    }
    return is_new || reopen || finish || abandon;
}

/* The list may grow at its head and lose released entries while this walks, so each step starts anew under the mutex. */
static void obey_all(void) {
    bool again = true;
    while (again) {
        again = false;
        pthread_mutex_lock(&mutex);
        struct log *log = logs;
        while (log != NULL && !(log->is_new || log->want_reopen || log->want_finish || (log->want_abandon && !log->released))) {
            log = log->next;
        }
        pthread_mutex_unlock(&mutex);
        /* Entries are freed only after `released`, which only this thread sets. */
        if (log != NULL) {
            again = obey(log);
            ring(to_control);
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
        pthread_mutex_lock(&mutex);
        for (struct log *log = logs; log != NULL && over == NULL; log = log->next) {
            if (log->finish_at_ns == 0) {
                continue;
            }
            int64_t left = log->finish_at_ns - now;
            over = left <= 0 || has_ended(log) ? log : NULL;
            int ms = (int)(left / NS_PER_MS) + 1;
            wait = wait < 0 || ms < wait ? ms : wait;
        }
        pthread_mutex_unlock(&mutex);
        if (over == NULL) {
            return wait;
        }
        say_finished(over);
    }
}

static void *run(void *unused) {
    (void)unused;
    for (;;) {
        struct epoll_event event;
        int count = epoll_wait(thread_epoll, &event, 1, next_wait_ms());
        if (count != 1) {
            continue;
        }
        struct log *log = event.data.ptr;
        if (log == NULL) {
            hush(to_thread);
            obey_all();
        } else {
            pump(log, &log->output);
            pump(log, &log->errors);
        }
    }
    return NULL;
}

/* ---- the control thread ---- */

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
    int error = pthread_create(&thread, &attributes, run, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    errno = error;
    return error == 0 ? 0 : -1;
}

int logs_open(int *progress) {
    if (to_control >= 0) {
        *progress = to_control;
        return 0;
    }
    OWN_FD wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    OWN_FD news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    OWN_FD epoll = epoll_create1(EPOLL_CLOEXEC);
    char *data = mmap(NULL, OUTPUT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (wake < 0 || news < 0 || epoll < 0 || data == MAP_FAILED || epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) != 0) {
        return -1;
    }
    to_thread = wake;
    to_control = news;
    thread_epoll = epoll;
    output_data = data;
    if (start_thread() != 0) {
        to_thread = to_control = thread_epoll = -1;
        output_data = NULL;
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
    log->output = (struct log_stream){.fd = output, .name = "stdout"};
    log->errors = (struct log_stream){.fd = errors, .name = "stderr"};
    log->is_new = true;
    pthread_mutex_lock(&mutex);
    log->next = logs;
    logs = log;
    pthread_mutex_unlock(&mutex);
    ring(to_thread);
    return log;
}

static void ask(bool *want) {
    pthread_mutex_lock(&mutex);
    *want = true;
    pthread_mutex_unlock(&mutex);
    ring(to_thread);
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
    pthread_mutex_lock(&mutex);
    struct log_progress progress = {.reopened = log->reopened, .reopen_error = log->reopen_error, .finished = log->finished};
    log->reopened = false;
    pthread_mutex_unlock(&mutex);
    return progress;
}

void log_error_text(struct log *log, char *text, size_t size) {
    pthread_mutex_lock(&mutex);
    int error = log->error;
    const char *at = log->error_at;
    pthread_mutex_unlock(&mutex);
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

void logs_collect(void) {
    hush(to_control);
    pthread_mutex_lock(&mutex);
    struct log **at = &logs;
    while (*at != NULL) {
        struct log *log = *at;
        if (log->released) {
            *at = log->next;
            free(log->path);
            munmap(log, sizeof *log);
        } else {
            at = &log->next;
        }
    }
    pthread_mutex_unlock(&mutex);
}
