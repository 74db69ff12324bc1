/* The state of one pod's monitor and of what it watches over. One thread uses it; the log's thread does not. */
#ifndef CRIJ_MONITOR_H
#define CRIJ_MONITOR_H

#include "frame.h"
#include "launch.h"
#include "logwriter.h"
#include "loop.h"
#include "sys.h"
#include "userns.h"

#define ID_BYTES 64
#define CONTAINERS_MAX 1024
#define CONNECTIONS_MAX 256
#define BACKLOG_BYTES ((size_t)2 << 20) /* a client that lets more than this wait is closed */

enum message_type {
    HELLO = 16, SETUP = 17, START = 18, KILL = 19, STATUS = 20, WATCH = 21, ACK = 22, FORGET = 23, REOPEN = 24, SHUTDOWN = 25,
    EXEC = 26, EXITED = 64, OUT = 65, DONE = 66
};
enum pid_mode { PID_OWN, PID_POD, PID_NODE, PID_TARGET };
enum stdio_flag { STDIN_OPEN = 1, STDIN_ONCE = 2, STDIO_TTY = 4 };

struct exec;

struct connection {
    struct connection *next;
    struct watch watch;
    struct channel channel;
    bool greeted, watching, asked_shutdown;
    bool ending; /* it is closed when the client has what is queued; nothing is read from it any more */
    uint64_t shutdown_request;
    struct exec *exec;
};

/* Who waits for an answer. The connection may go away meanwhile: then it is NULL. */
struct asker {
    struct connection *connection;
    uint64_t request;
};

enum container_state { CONTAINER_STARTING, CONTAINER_RUNNING, CONTAINER_EXITED };

struct container {
    struct container *next;
    char id[ID_BYTES + 1];
    enum container_state state;
    pid_t pid;
    int pidfd;
    int report; /* the child's reports while it starts */
    int output, errors, tty; /* the monitor's ends until the log takes them */
    int stdin_writer;
    bool ready;
    int64_t start_ticks, started_ns, finished_ns;
    int exit_code;
    int64_t sequence; /* of the exit event; 0: not sent yet */
    bool acknowledged;
    struct fault fault; /* why it did not start; err 0 and an empty stage: none so far */
    struct asker starter, reopener;
    struct watch exit_watch, report_watch;
    struct timer drain_timer;
    struct log *log;
    char *log_path;
};

struct monitor {
    char pod_id[ID_BYTES + 1];
    const char *run_folder;
    struct pod_namespaces pod;
    int own_pidns;
    int init_pidfd; /* -1: no shared init */
    pid_t init_pid;
    bool set_up, setting_up, closing, done;
    char *netns_pin;
    struct connection *connections;
    struct container *containers;
    struct exec *execs;
    int64_t last_sequence;
};

extern struct monitor monitor;

int monitor_main(int argc, char **argv);

/* connection.c */
void connection_accept(int socket);
void connection_flush(struct connection *connection); /* sends what is queued, as far as it goes */
void connection_end(struct connection *connection);   /* closes it when what is queued is sent */
void answer_error(const struct asker *asker, const struct fault *fault);
void answer_empty(const struct asker *asker, uint16_t type);

/* requests.c: one frame of a client. False: the connection must be closed. */
bool request_handle(struct connection *connection, const struct frame *frame);
#define REQUEST_VALUES_MAX 8
/* The part of it that only reads: values are in the order of PROTOCOL.md section 3. */
int request_parse(const struct frame *frame, struct arena *arena, struct field_value values[REQUEST_VALUES_MAX], struct fault *fault);

/* pod_setup.c */
struct setup_request {
    int64_t namespaces;
    const char *netns_pin, *hostname;
    char **sysctls;
    int64_t shm_bytes;
    struct user_mapping user;
};
int pod_setup(const struct setup_request *request, const struct asker *asker, struct fault *fault);
void pod_forget_asker(const struct connection *connection);
void pod_remove_pin(void);

/* container.c */
struct start_request {
    const char *id, *plan, *cgroup, *log;
    int64_t pid_mode, target, flags;
};
struct container *container_find(const char *id);
int container_start(const struct start_request *request, const struct asker *asker, struct fault *fault);
void container_send_exit(const struct container *container, struct connection *connection);
int container_forget(struct container *container, struct fault *fault);
void container_forget_asker(const struct connection *connection);
void containers_log_progress(void); /* the log's thread has news */

/* exec.c */
struct exec_request {
    const char *plan, *cgroup;
    char **arguments, **environment;
    int64_t flags, max_bytes, drain_ms;
};
int exec_start(struct container *container, const struct exec_request *request, const struct asker *asker, struct fault *fault);
void exec_abandon(struct exec *exec);  /* its client is gone */
void exec_resume(struct exec *exec);   /* its client has read */
void execs_kill(void);

/* shutdown.c */
void shutdown_begin(void);
void shutdown_check(void); /* ends the monitor when nothing is left that it waits for */

/* A clone whose child is born in the pid namespace of `pidns` (a pidfd or a namespace fd; -1: ours) and in the cgroup. The child
 * is in the cgroup only if *joins_itself is false; else it must call cgroup_join first. */
pid_t monitor_clone(uint64_t flags, int pidns, int cgroup, int *pidfd, bool *joins_itself);
int cgroup_join(int cgroup, struct fault *fault);
void child_keep_only(const int *fds, size_t count); /* closes all fds of a child but 0 to 2 and these */

#endif
