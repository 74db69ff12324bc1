/* The pod of the root test: its folder and processes, and what all parts of the test ask of it. */
#ifndef CRIJ_IT_POD_H
#define CRIJ_IT_POD_H

#include <stdbool.h>
#include <sys/types.h>

#include "check.h"
#include "client.h"
#include "monitor.h"

#define FIRST 100000 /* of the host's ids, for user namespaces */

/* What the plan of the next container says besides its script. Whoever changes it puts it back. */
struct wish {
    const char *profile; /* NULL: unconfined by AppArmor */
    const char *shared;  /* NULL: a folder of ours */
    const char *part;    /* of layer b */
    const char *lower;   /* layers, top first */
    const char *cwd;
    const char *log;
    int64_t hold_ms; /* 0: it is held nowhere; else before and after ENTER, for so long at most */
    const char *bundle;       /* NULL: the root never stands beside the host's */
    const char *create_hook;  /* a script of the host; needs a bundle */
    const char *start_hook;   /* a script of the container */
    const char *hook_program; /* NULL: the shell */
    int64_t runtime_ms;       /* that its commands may take; 0: a while */
    const char *runtime;      /* NULL: none; else the script of its create command; needs a bundle and no user namespace */
    bool runtime_execs;       /* the runtime does execs, too */
};

extern struct wish wish;
extern struct client spawner, control;
extern pid_t monitor_pid;
extern bool mapped; /* the pod has a user namespace */

int pod_folder_make(void); /* -1 with errno */
void pod_folder_remove(void);
const char *in_base(const char *name); /* good until the eighth call after it */
void shell_in_base(const char *command);
bool file_has(const char *path, const char *needle); /* its first 256 KiB */
void start_spawner(const char *file);
void start_monitor(void);
void set_up_pod(void);
int hello(struct client *client);
int start(const char *id, const char *script, int64_t pid_mode); /* the type of the reply */
void ask_start(const char *id, const char *script, struct buffer *fields); /* writes the plan and fills the request */
int of_container(uint16_t type, const char *id);
int exec(struct client *client, const char *id, const char *script); /* on a connection of its own, the type of the reply */
void monitor_outlives_spawner(void);
void shut_down(void);

/* The plan of an ordinary container that runs a shell script as user 1000. */
void write_plan(const char *path, const char *script);

/* The parts. They run in this order on one pod; the last has one of its own. */
void programs_and_paths(void);
void containers(void);
void execs_and_logs(void);
void hooks(void);
void runtimes(void);
void user_namespaces(void);

#endif
