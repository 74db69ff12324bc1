/* The pod of the root test. */
#include "it_pod.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawn.h"

#define BUSYBOX "/usr/bin/busybox"
#define POD "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct wish wish = {.part = "data/sub", .lower = "a:b", .cwd = "/tmp", .log = "log"};
struct client spawner, control;
pid_t monitor_pid;
bool mapped;
static char base[64], run[96], pin[96];
static pid_t spawn_pid;

const char *in_base(const char *name) {
    static char paths[8][128];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", base, name);
    return path;
}

static void shell(const char *command) {
    int result = system(command);
    if (result != 0) {
        fprintf(stderr, "%s: %d\n", command, result);
        checks_failed++;
    }
}

void shell_in_base(const char *command) {
    char text[512];
    snprintf(text, sizeof text, "cd %s && %s", base, command);
    shell(text);
}

bool file_has(const char *path, const char *needle) {
    static char text[262144];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    /* A table of many mounts comes in pieces. */
    for (ssize_t count = fd < 0 ? 0 : 1; count > 0; length += count > 0 ? (size_t)count : 0) {
        count = read(fd, text + length, sizeof text - 1 - length);
    }
    close(fd);
    text[length] = '\0';
    return strstr(text, needle) != NULL;
}

static void make_layers(void) {
    char command[512];
    snprintf(command, sizeof command,
             "cd %s && mkdir -p run layers/a/bin layers/a/tmp layers/b/data/sub upper work vol shared && chmod 700 run && cp " BUSYBOX
             " layers/a/bin/busybox && for n in sh id cat ls hostname sleep echo tty touch readlink; do ln -s busybox layers/a/bin/$n; done && "
             "echo from-image > layers/b/data/file && chown 7:8 layers/b/data/file && ln layers/b/data/file layers/b/data/sub/link",
             base);
    shell(command);
}

int pod_folder_make(void) {
    const char *folder = getenv("TMPDIR");
    snprintf(base, sizeof base, "%.30s/crij-it-XXXXXX", folder != NULL ? folder : "/tmp");
    if (access(BUSYBOX, X_OK) != 0 || mkdtemp(base) == NULL) {
        return -1;
    }
    snprintf(run, sizeof run, "%s/run", base);
    snprintf(pin, sizeof pin, "/run/netns/crij-it-%d", (int)getpid());
    make_layers();
    return 0;
}

void pod_folder_remove(void) {
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", base);
    shell(command);
}

static void empty_upper(void) {
    char command[256];
    snprintf(command, sizeof command, "cd %s && rm -rf upper work && mkdir upper work && chown %d:%d upper", base, mapped ? FIRST : 0, mapped ? FIRST : 0);
    shell(command);
}

void start_spawner(const char *file) {
    int requests[2], replies[2];
    if (pipe2(requests, O_CLOEXEC) != 0 || pipe2(replies, O_CLOEXEC) != 0 || (spawn_pid = fork()) < 0) {
        perror("spawn");
        exit(1);
    }
    if (spawn_pid == 0) {
        dup2(requests[0], 0);
        dup2(replies[1], 1);
        execl(file, file, "spawn", (char *)NULL);
        _exit(127);
    }
    close(requests[0]);
    close(replies[1]);
    spawner = (struct client){.in = replies[0], .out = requests[1]};
}

int hello(struct client *client) {
    struct buffer fields = {0};
    put_number(&fields, 1, 1);
    return client_call(client, HELLO, &fields);
}

void start_monitor(void) {
    struct buffer fields = {0};
    put_text(&fields, 1, POD);
    put_text(&fields, 2, run);
    CHECK(client_call(&spawner, SPAWN_MONITOR, &fields) == SPAWN_MONITOR);
    monitor_pid = (pid_t)client_number(&spawner, 1);
    control = client_connect(in_base("run/sock"));
    struct buffer none = {0};
    struct client rude = client_connect(in_base("run/sock"));
    CHECK(client_call(&rude, STATUS, &none) == FRAME_ERROR && client_receive(&rude) == -1); /* no HELLO */
    client_close(&rude);
    CHECK(hello(&control) == HELLO && client_number(&control, 2) == monitor_pid && client_text_is(&control, 3, POD));
}

void set_up_pod(void) {
    struct buffer fields = {0};
    put_number(&fields, 1, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID);
    put_text(&fields, 2, pin);
    put_text(&fields, 3, "it-pod");
    put_text(&fields, 4, "net.ipv4.ip_unprivileged_port_start=7");
    put_number(&fields, 5, 1 << 20);
    for (uint16_t tag = 6; tag <= 8 && mapped; tag++) {
        put_number(&fields, tag, tag == 8 ? 65536 : FIRST);
    }
    CHECK(client_call(&control, SETUP, &fields) == SETUP && client_number(&control, 1) > 1);
    CHECK(file_has("/proc/self/mountinfo", pin));
    struct buffer none = {0};
    CHECK(client_call(&control, WATCH, &none) == WATCH);
}

void ask_start(const char *id, const char *script, struct buffer *fields) {
    char plan[128];
    snprintf(plan, sizeof plan, "%s/plan-%s", run, id);
    empty_upper();
    write_plan(plan, script);
    put_text(fields, 1, id);
    put_text(fields, 2, plan);
    put_text(fields, 6, in_base(wish.log));
}

int start(const char *id, const char *script, int64_t pid_mode) {
    struct buffer fields = {0};
    ask_start(id, script, &fields);
    put_number(&fields, 3, pid_mode);
    int type = client_call(&control, START, &fields);
    if (type == FRAME_ERROR) {
        struct field stage;
        bool has = client_field(&control, 2, &stage);
        fprintf(stderr, "start of %s: errno %d in %.*s\n", id, (int)client_number(&control, 1), has ? (int)stage.length : 0,
                has ? (const char *)stage.value : "");
    }
    return type;
}

int of_container(uint16_t type, const char *id) {
    struct buffer fields = {0};
    put_text(&fields, 1, id);
    return client_call(&control, type, &fields);
}

int exec(struct client *client, const char *id, const char *script) {
    struct buffer fields = {0};
    char plan[128];
    snprintf(plan, sizeof plan, "%s/plan-%s", run, id);
    *client = client_connect(in_base("run/sock"));
    CHECK(hello(client) == HELLO);
    put_text(&fields, 1, id);
    put_text(&fields, 2, plan);
    put_text(&fields, 3, "sh");
    put_text(&fields, 3, "-c");
    put_text(&fields, 3, script);
    put_text(&fields, 6, "ADDED=yes");
    put_number(&fields, 7, 1 << 20);
    put_number(&fields, 8, 0); /* what the process itself wrote comes without any drain */
    return client_call(client, EXEC, &fields);
}

void monitor_outlives_spawner(void) {
    int status = -1;
    client_close(&spawner);
    CHECK(waitpid(spawn_pid, &status, 0) == spawn_pid && status == 0);
    client_close(&control);
    control = client_connect(in_base("run/sock"));
    CHECK(hello(&control) == HELLO && client_number(&control, 4) == 1);
}

void shut_down(void) {
    struct buffer none = {0};
    CHECK(client_call(&control, SHUTDOWN, &none) == SHUTDOWN);
    CHECK(client_receive(&control) == -1);
    client_close(&control);
    for (int tries = 0; tries < 200 && kill(monitor_pid, 0) == 0; tries++) {
        usleep(10000);
    }
    CHECK(kill(monitor_pid, 0) != 0);
    CHECK(access(pin, F_OK) != 0 && !file_has("/proc/self/mountinfo", pin));
    CHECK(!file_has("/proc/self/mountinfo", base));
    CHECK(access(in_base("run/sock"), F_OK) != 0);
}
