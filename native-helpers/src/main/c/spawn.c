/* `crij-pod spawn`: reads requests on fd 0, answers on fd 1, until the daemon closes its end (PROTOCOL.md section 2). */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "loop.h"
#include "own.h"
#include "sys.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#define NUMBER(tag, flags, min, max) {tag, FIELD_NUMBER, flags, min, max}
#define TEXT(tag, flags, min, max) {tag, FIELD_TEXT, flags, min, max}
#define PATH(tag, flags) {tag, FIELD_PATH, flags, 1, FIELD_PATH_BYTES}
#define MUST FIELD_REQUIRED
#define MANY FIELD_REPEATED
#define DEADLINE_MS_MAX 86400000
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct field_spec run_fields[] = {PATH(1, MUST),
                                               TEXT(2, MUST | MANY, 0, PAYLOAD_BYTES),
                                               TEXT(3, MANY, 2, PAYLOAD_BYTES),
                                               {4, FIELD_BYTES, 0, 0, PAYLOAD_BYTES},
                                               NUMBER(5, MUST, 1, DEADLINE_MS_MAX),
                                               NUMBER(6, MUST, 0, PAYLOAD_BYTES)};
static const struct field_spec monitor_fields[] = {TEXT(1, MUST, 64, 64), PATH(2, MUST)};
static const struct field_spec path_fields[] = {NUMBER(1, MUST, 1, 2), PATH(2, MUST), NUMBER(3, MUST, 1, DEADLINE_MS_MAX)};

static struct channel channel = {.in = 0, .out = 1};
static struct watch requests = {.fd = -1};
static struct watch replies = {.fd = -1};
static int image = -1;
static bool ended;

struct buffer *spawn_replies(void) {
    return &channel.queued;
}

int spawn_image(void) {
    return image;
}

void spawn_flush(void) {
    int left = channel_send(&channel);
    if (left < 0) {
        ended = true;
    } else if (left > 0 && replies.fd < 0) {
        loop_watch(&replies, 1, EPOLLOUT);
    } else if (left == 0) {
        loop_unwatch(&replies);
    }
}

static void on_writable(struct watch *watch, uint32_t events) {
    (void)watch;
    (void)events;
    spawn_flush();
}

int spawn_parse(const struct frame *frame, struct arena *arena, struct field_value *values, struct fault *fault) {
    const struct field_spec *specs[] = {NULL, run_fields, monitor_fields, path_fields};
    const size_t counts[] = {0, COUNT(run_fields), COUNT(monitor_fields), COUNT(path_fields)};
    if (frame->type < SPAWN_RUN || frame->type > SPAWN_PATH) {
        return fault_set(fault, ENOSYS, "request", "no such request");
    }
    return fields_read(specs[frame->type], counts[frame->type], frame->payload, frame->length, false, arena, values, fault);
}

static void handle(const struct frame *frame) {
    struct fault fault = {.op = -1};
    struct field_value values[SPAWN_VALUES_MAX];
    OWN_ARENA arena = {0};
    int result = spawn_parse(frame, &arena, values, &fault);
    if (result == 0 && frame->type == SPAWN_RUN) {
        result = program_start(frame->request, values, &fault);
    } else if (result == 0 && frame->type == SPAWN_MONITOR) {
        result = keeper_start(frame->request, values, &fault);
    } else if (result == 0) {
        result = path_start(frame->request, values, &fault);
    }
    if (result != 0) {
        frame_error(&channel.queued, frame->request, &fault);
        spawn_flush();
    }
}

static void on_requests(struct watch *watch, uint32_t events) {
    struct frame frame;
    int whole = 0;
    (void)watch;
    (void)events;
    if (channel_receive(&channel) < 0) {
        ended = true;
        return;
    }
    while ((whole = channel_next(&channel, &frame)) == 1) {
        handle(&frame);
        channel_done(&channel, &frame);
    }
    if (whole < 0) {
        fprintf(stderr, "crij-pod spawn: a request breaks the bounds of frames; ending\n");
        ended = true;
    }
}

/* Goes on as a sealed copy of this program, and monitors run from the same one: an upgrade of the file on disk changes none of
 * them, no container can write to it, and its pages are in memory once for all of them. */
static int run_from_copy(char **argv) {
    OWN_FD self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (self < 0) {
        return -1;
    }
    int seals = fcntl(self, F_GET_SEALS);
    if (seals >= 0 && (seals & F_SEAL_WRITE) != 0) {
        image = own_give(&self);
        return 0;
    }
    OWN_FD copy = memfd_create("crij-pod", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    if (copy < 0 && errno == EINVAL) { /* before 6.3 a memfd is executable without being asked */
        copy = memfd_create("crij-pod", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    }
    if (copy < 0) {
        return -1;
    }
    ssize_t count;
    while ((count = sendfile(copy, self, NULL, 1 << 20)) > 0) {
    }
    if (count < 0 || fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
        return -1;
    }
    return fexecve(copy, argv, environ);
}

static int join_tasks(int argc, char **argv) {
    for (int i = 2; i < argc; i += 2) {
        if (strcmp(argv[i], "--tasks") != 0 || i + 1 == argc) {
            fprintf(stderr, "usage: crij-pod spawn [--tasks FILE]...\n");
            return 2;
        }
        if (write_file_at(AT_FDCWD, argv[i + 1], "0") != 0) {
            fprintf(stderr, "crij-pod spawn: cannot join the cgroup by %s: %s\n", argv[i + 1], strerror(errno));
            return 1;
        }
    }
    return 0;
}

int spawn_main(int argc, char **argv) {
    int result = join_tasks(argc, argv);
    if (result != 0) {
        return result;
    }
    mallopt(M_ARENA_MAX, 1);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    setsid();
    prctl(PR_SET_NAME, "crij-spawn");
    requests.ready = on_requests;
    replies.ready = on_writable;
    fcntl(0, F_SETFL, O_NONBLOCK);
    fcntl(1, F_SETFL, O_NONBLOCK);
    if (run_from_copy(argv) != 0 || chdir("/") != 0 || loop_open() != 0 || loop_watch(&requests, 0, EPOLLIN) != 0) {
        fprintf(stderr, "crij-pod spawn: cannot start: %s\n", strerror(errno));
        return 1;
    }
    while (!ended) {
        loop_step();
    }
    programs_kill();
    paths_kill();
    return 0;
}
