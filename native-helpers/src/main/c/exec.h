/* An exec: a fork of the monitor inside a container. Only the files of execs know this. */
#ifndef CRIJ_EXEC_H
#define CRIJ_EXEC_H

#include "monitor.h"
#include "pump.h"

/* Output that goes to the client in OUT frames, bounded. */
struct exec_output {
    struct watch watch;
    struct exec *exec;
    int fd; /* -1: ended */
    int64_t left; /* bytes that may still be sent; more are drained */
};

/* A stream that has a connection of its own. */
struct exec_stream {
    struct pump pump;
    struct exec *exec;
    int fd; /* our end, until the client has joined; -1: none */
    bool wanted, joined, over;
};

struct exec {
    struct exec *next;
    struct asker asker;
    int64_t session;
    pid_t pid;
    int pidfd;
    int report;
    bool ready, started, ended, done, streamed, draining;
    bool kept; /* its process is to end what it runs, which no signal of ours reaches */
    bool busy; /* several of its streams are being ended: not the time to look whether all have */
    int exit_code;
    int64_t drain_ns;
    struct fault fault;
    struct exec_output outputs[2];
    struct exec_stream streams[3]; /* by number: stdin, stdout, stderr */
    int terminal; /* its master; -1: none */
    struct watch exit_watch, report_watch;
    struct timer timer; /* first for the streams to be joined, then the drain, then the removal of the cgroup */
    struct exec_cgroup {
        char *folder; /* its own, NULL: none */
        bool is_v1;
        bool left; /* its program has ended well: what it started in the background lives on */
        int remove_tries;
    } cgroup;
};

/* exec.c */
void exec_free(struct exec *exec);
void exec_finish_if_all_read(struct exec *exec);
void exec_on_exit(struct watch *watch, uint32_t events);
void exec_on_report(struct watch *watch, uint32_t events);

/* exec_output.c */
void exec_output_resume(struct exec *exec);
void exec_output_ready(struct watch *watch, uint32_t events);
void exec_output_rest(struct exec *exec); /* what the ended process left in the pipes */
void exec_output_close(struct exec *exec);
bool exec_output_ended(const struct exec *exec);

/* exec_streams.c */
void exec_streams_init(struct exec *exec, int64_t wanted);
int exec_streams_pipes(struct exec *exec, int64_t flags, int ends[3]); /* ends[i]: the child's, -1: /dev/null */
void exec_streams_begin(struct exec *exec); /* the program runs */
void exec_streams_drain(struct exec *exec); /* it has ended, and others were waited for long enough */
void exec_streams_close(struct exec *exec);
bool exec_streams_ended(const struct exec *exec);
bool exec_streams_joined(const struct exec *exec);

/* exec_cgroup.c: a cgroup of its own below the container's, so that all it forks can be killed at once */
int exec_cgroup_make(struct exec_cgroup *cgroup, const char *parent, bool is_v1, struct fault *fault);
void exec_cgroup_kill(const struct exec_cgroup *cgroup);
/* 0: it is gone, or given up. Else it has processes: nanoseconds until the next try. Unless it was left, they are killed. */
int64_t exec_cgroup_remove(struct exec_cgroup *cgroup);

#endif
