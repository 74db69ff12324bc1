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
#define CONNECTIONS_MAX 2048
#define FORWARDS_MAX 2048
#define BACKLOG_BYTES ((size_t)2 << 20) /* a client that lets more than this wait is closed */

enum message_type {
    HELLO = 16, SETUP = 17, START = 18, KILL = 19, STATUS = 20, WATCH = 21, ACK = 22, FORGET = 23, REOPEN = 24, SHUTDOWN = 25,
    EXEC = 26, STREAM = 27, ATTACH = 28, RESIZE = 29, FORWARD = 30, GO = 31, EXITED = 64, OUT = 65, DONE = 66, CUT = 67, HELD = 68
};
enum pid_mode { PID_OWN, PID_POD, PID_NODE, PID_TARGET };
enum stdio_flag { STDIN_OPEN = 1, STDIN_ONCE = 2, STDIO_TTY = 4 };

struct exec;
struct attach;
struct forward;

struct connection {
    struct connection *next;
    struct watch watch;
    struct channel channel;
    bool greeted, watching, asked_shutdown;
    bool ending; /* it is closed when the client has what is queued; nothing is read from it any more */
    bool taken; /* its socket carries a stream now; it is freed when no handler uses it any more */
    uint64_t shutdown_request;
    struct exec *exec; /* at most one of these */
    struct attach *attach;
    struct forward *forward;
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
    int keeper; /* pidfd of the child that waits for it, if that is not the container itself; -1 */
    int report; /* the child's reports while it starts */
    int output, errors, tty; /* the monitor's ends until the log takes them */
    int input; /* the writing end of its stdin, or the master of its terminal; -1: none */
    bool has_terminal, stdin_once;
    bool keeps;  /* its child runs a runtime's commands */
    bool relays; /* its keeper passes signals on */
    bool ready;
    int64_t start_ticks, started_ns, finished_ns;
    int exit_code;
    int64_t sequence; /* of the exit event; 0: not sent yet */
    bool acknowledged;
    struct fault fault; /* why it did not start; err 0 and an empty stage: none so far */
    struct fault hold;  /* where it is held in its plan; an empty stage: it is not */
    struct timer hold_timer;
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
    struct attach *attaches;
    struct forward *forwards;
    int64_t last_sequence, last_session;
};

extern struct monitor monitor;

int monitor_main(int argc, char **argv);

/* connection.c */
bool connection_accept(int socket); /* false: there is no descriptor or memory for it now */
void connection_flush(struct connection *connection); /* sends what is queued, as far as it goes */
void connection_end(struct connection *connection);   /* closes it when what is queued is sent */
void connection_hang_up(struct connection *connection); /* closes it soon: a handler deeper on the stack may still use it */
/* Sends what is queued and hands the socket over; the connection is not used any more. -1: that cannot be sent at once. */
int connection_take(struct connection *connection);
void connection_free_taken(struct connection *connection); /* for those who took it outside of its own requests */
void answer_error(const struct asker *asker, const struct fault *fault);
void answer_empty(const struct asker *asker, uint16_t type);

/* requests.c: one frame of a client. False: the connection must be closed. */
bool request_handle(struct connection *connection, const struct frame *frame);
#define REQUEST_VALUES_MAX 12
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

/* container.c, container_start.c, container_hold.c */
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
void container_ended(struct container *container, int code);
void container_free(struct container *container);
int container_signal(const struct container *container, int number); /* -1 with errno */
void container_look(struct container *container); /* at what the child of a start has told and nobody read yet */
/* container_hold.c: a child that stands in its plan until its starter lets it go */
void container_held(struct container *container, const struct fault *hold, int patience_ms);
bool container_is_held(const struct container *container);
void container_hold_fails(struct container *container, int err); /* its start ends */
int container_go(struct container *container, const struct asker *asker, struct fault *fault);
int container_resize(const struct container *container, int64_t columns, int64_t rows);

/* exec.c, exec_start.c, exec_streams.c */
struct exec_request {
    const char *plan, *cgroup, *v1_folder;
    char **arguments, **environment;
    int64_t flags, max_bytes, drain_ms;
    bool streamed;
    int64_t streams; /* bits: 1 stdin, 2 stdout, 4 stderr */
    int64_t columns, rows;
};
int exec_start(struct container *container, const struct exec_request *request, const struct asker *asker, struct fault *fault);
void exec_abandon(struct exec *exec);  /* its client is gone */
void exec_resume(struct exec *exec);   /* its client has read */
void execs_kill(void);
struct exec *exec_find(int64_t session);
bool exec_stream_is_free(const struct exec *exec, int64_t stream);
void exec_stream_join(struct exec *exec, int64_t stream, int socket); /* takes over the socket, may end the exec */
int exec_resize(const struct exec *exec, int64_t columns, int64_t rows);

/* attach.c */
int attach_start(struct container *container, int64_t streams, const struct asker *asker, struct fault *fault);
struct attach *attach_find(int64_t session);
bool attach_stream_is_free(const struct attach *attach, int64_t stream);
void attach_stream_join(struct attach *attach, int64_t stream, int socket); /* takes over the socket */
void attach_stream_over(void *attach, const struct log_client *client, bool cut);
int attach_resize(const struct attach *attach, int64_t columns, int64_t rows);
void attach_end(struct attach *attach); /* its client is gone */
void attaches_container_ended(const struct container *container);

/* forward.c */
int forward_start(int64_t port, const struct asker *asker, struct fault *fault);
void forward_abandon(struct forward *forward); /* its client is gone */

/* streams.c: requests about streams */
int stream_join(const struct asker *asker, int64_t session, int64_t stream, struct fault *fault);
int stream_resize(const struct asker *asker, int64_t columns, int64_t rows, struct fault *fault);

/* shutdown.c */
void shutdown_begin(void);
void shutdown_check(void); /* ends the monitor when nothing is left that it waits for */

/* A clone whose child is born in the pid namespace of `pidns` (a pidfd or a namespace fd; -1: ours) and in the cgroup. The child
 * is in the cgroup only if *joins_itself is false; else it must call cgroup_join first. */
pid_t monitor_clone(uint64_t flags, int pidns, int cgroup, int *pidfd, bool *joins_itself);
int cgroup_join(int cgroup, struct fault *fault);
int64_t monitor_session(void); /* a number that was not used before */
void child_keep_only(const int *fds, size_t count); /* closes all fds of a child but 0 to 2 and these */

#endif
