/* The root test: a whole pod's life over the real program, then nothing of it may be left. */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "client.h"
#include "monitor.h"
#include "plans.h"
#include "spawn.h"

#define BUSYBOX "/usr/bin/busybox"
#define POD "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define FIRST 100000 /* of the host's ids, for user namespaces */

static const char *profile;           /* NULL: unconfined by AppArmor */
static const char *shared;            /* NULL: a folder of ours */
static const char *part = "data/sub"; /* of layer b */
static const char *lower = "a:b"; /* layers, top first */
static char base[64], run[96], pin[96];
static struct client spawner, control;
static const char *program;
static pid_t spawn_pid, monitor_pid;
static bool mapped; /* the pod has a user namespace */

static const char *in_base(const char *name) {
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

static void shell_in_base(const char *command) {
    char text[512];
    snprintf(text, sizeof text, "cd %s && %s", base, command);
    shell(text);
}

static bool file_has(const char *path, const char *needle) {
    static char text[262144];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    close(fd);
    text[count > 0 ? count : 0] = '\0';
    return strstr(text, needle) != NULL;
}

static void make_layers(void) {
    char command[512];
    snprintf(command, sizeof command,
             "cd %s && mkdir -p run layers/a/bin layers/a/tmp layers/b/data/sub upper work vol shared && chmod 700 run && cp " BUSYBOX
             " layers/a/bin/busybox && for n in sh id cat ls hostname sleep echo tty touch; do ln -s busybox layers/a/bin/$n; done && "
             "echo from-image > layers/b/data/file && chown 7:8 layers/b/data/file && ln layers/b/data/file layers/b/data/sub/link",
             base);
    shell(command);
}

static void empty_upper(void) {
    char command[256];
    snprintf(command, sizeof command, "cd %s && rm -rf upper work && mkdir upper work && chown %d:%d upper", base, mapped ? FIRST : 0, mapped ? FIRST : 0);
    shell(command);
}

static void start_spawner(const char *file) {
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

static int run_program(const char *script, int64_t deadline_ms) {
    struct buffer fields = {0};
    put_text(&fields, 1, "/bin/sh");
    put_text(&fields, 2, "sh");
    put_text(&fields, 2, "-c");
    put_text(&fields, 2, script);
    put_text(&fields, 3, "GREETING=hello");
    put_bytes(&fields, 4, "input", 5);
    put_number(&fields, 5, deadline_ms);
    put_number(&fields, 6, 1000);
    return client_call(&spawner, SPAWN_RUN, &fields);
}

static int foreign_path(int64_t operation, const char *path) {
    struct buffer fields = {0};
    put_number(&fields, 1, operation);
    put_text(&fields, 2, path);
    put_number(&fields, 3, 5000);
    return client_call(&spawner, SPAWN_PATH, &fields);
}

static void programs_and_paths(void) {
    CHECK(run_program("read -r x; echo $GREETING $x; echo bad >&2; exit 3", 5000) == SPAWN_RUN);
    CHECK(client_number(&spawner, 1) == 3 && client_text_is(&spawner, 2, "hello input\n") && client_text_is(&spawner, 3, "bad\n"));
    CHECK(run_program("sleep 100 & sleep 100", 100) == SPAWN_RUN);
    CHECK(client_number(&spawner, 4) == 1 && client_number(&spawner, 1) == 128 + SIGKILL);
    CHECK(foreign_path(1, "/dev/null") == SPAWN_PATH && S_ISCHR((mode_t)client_number(&spawner, 1)));
    CHECK(foreign_path(1, "/no/such") == FRAME_ERROR && client_number(&spawner, 1) == ENOENT);
    CHECK(foreign_path(2, in_base("made/deep")) == SPAWN_PATH && S_ISDIR((mode_t)client_number(&spawner, 1)));
}

static int hello(struct client *client) {
    struct buffer fields = {0};
    put_number(&fields, 1, 1);
    return client_call(client, HELLO, &fields);
}

static void start_monitor(void) {
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

static void set_up_pod(void) {
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

static void op_overlay(struct buffer *plan, int64_t slot) {
    size_t mark = put_nested(plan, OP_OVERLAY);
    put_number(plan, 1, slot);
    put_text(plan, 2, in_base("layers"));
    put_text(plan, 3, lower);
    put_text(plan, 4, in_base("upper"));
    put_text(plan, 5, in_base("work"));
    put_number(plan, 6, 1);
    put_number(plan, 7, mapped);
    put_nested_end(plan, mark);
}

static void op_user(struct buffer *plan, int64_t stdio) {
    size_t mark = put_nested(plan, OP_USER);
    put_number(plan, 1, FIRST);
    put_number(plan, 2, FIRST);
    put_number(plan, 3, stdio);
    put_nested_end(plan, mark);
}

static void op_image(struct buffer *plan, int64_t slot, const char *layers) {
    size_t mark = put_nested(plan, OP_IMAGE);
    put_number(plan, 1, slot);
    put_text(plan, 2, in_base("layers"));
    put_text(plan, 3, layers);
    put_number(plan, 4, mapped);
    put_nested_end(plan, mark);
}

static void op_source_mapped(struct buffer *plan, int64_t slot, const char *path) {
    size_t mark = put_nested(plan, OP_SOURCE);
    put_number(plan, 1, slot);
    put_text(plan, 2, path);
    put_number(plan, 5, mapped);
    put_nested_end(plan, mark);
}

static void op_slot_to(struct buffer *plan, uint16_t tag, int64_t slot, const char *target) {
    size_t mark = put_nested(plan, tag);
    put_number(plan, 1, slot);
    put_text(plan, 2, target);
    put_nested_end(plan, mark);
}

static void op_part_to(struct buffer *plan, int64_t slot, const char *target, const char *below) {
    size_t mark = put_nested(plan, OP_MOUNT);
    put_number(plan, 1, slot);
    put_text(plan, 2, target);
    put_number(plan, 3, MOUNT_ATTR_RDONLY);
    put_text(plan, 7, below);
    put_nested_end(plan, mark);
}

static void op_null(struct buffer *plan) {
    size_t mark = put_nested(plan, OP_DEVICE);
    put_text(plan, 1, "/dev/null");
    put_number(plan, 2, 1);
    put_number(plan, 3, 1);
    put_number(plan, 4, 3);
    put_number(plan, 5, 0666);
    put_nested_end(plan, mark);
}

static void op_caps(struct buffer *plan, int64_t mask) {
    size_t mark = put_nested(plan, OP_CAPS);
    for (uint16_t tag = 1; tag <= 5; tag++) {
        put_number(plan, tag, tag == 1 ? mask : 0);
    }
    put_nested_end(plan, mark);
}

static void op_ids(struct buffer *plan, int64_t uid, int64_t gid) {
    size_t mark = put_nested(plan, OP_IDS);
    put_number(plan, 1, uid);
    put_number(plan, 2, gid);
    put_number(plan, 3, 99);
    put_nested_end(plan, mark);
}

static const char *cwd = "/tmp";
static const char *log_name = "log";

/* The plan of an ordinary container that runs a shell script as user 1000. */
static void write_plan(const char *path, const char *script) {
    struct buffer plan = {0};
    plan_begin(&plan);
    op_of_number(&plan, OP_JOIN, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS);
    op_of_number(&plan, OP_OOM_SCORE_ADJ, 500);
    if (mapped) {
        op_user(&plan, FIRST + 1000);
    }
    op_overlay(&plan, 0);
    op_source(&plan, 1, in_base("vol"));
    op_source_mapped(&plan, 2, shared != NULL ? shared : in_base("shared"));
    op_image(&plan, 3, lower);
    op_image(&plan, 4, "b");
    put_nested_end(&plan, put_nested(&plan, OP_ENTER));
    op_of_number(&plan, OP_ROOT, 0);
    op_filesystem(&plan, "proc", "/proc");
    op_filesystem(&plan, "tmpfs", "/dev");
    op_null(&plan);
    op_of_text(&plan, OP_POD_SHM, "/dev/shm");
    op_slot_to(&plan, OP_VOLUME, 1, "/data");
    op_slot_to(&plan, OP_MOUNT, 2, "/mnt/shared");
    op_slot_to(&plan, OP_MOUNT, 3, "/mnt/image");
    op_part_to(&plan, 4, "/mnt/part", part);
    op_of_text(&plan, OP_MASK, "/proc/kcore");
    op_of_text(&plan, OP_READONLY, "/proc/sys");
    op_of_number(&plan, OP_PIVOT, 1);
    op_of_text(&plan, OP_CWD, cwd);
    op_ids(&plan, 1000, 1001);
    op_caps(&plan, 0x400);
    op_empty(&plan, OP_NO_NEW_PRIVS);
    if (profile != NULL) {
        op_of_text(&plan, OP_APPARMOR, profile);
    }
    op_of_text(&plan, OP_ENV, "PATH=/bin");
    op_of_text(&plan, OP_ARG, "sh");
    op_of_text(&plan, OP_ARG, "-c");
    op_of_text(&plan, OP_ARG, script);
    op_empty(&plan, OP_END);
    plan_end(&plan);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(write(fd, plan.data, plan.length) == (ssize_t)plan.length);
    close(fd);
    buffer_free(&plan);
}

static int start(const char *id, const char *script, int64_t pid_mode) {
    struct buffer fields = {0};
    char plan[128];
    snprintf(plan, sizeof plan, "%s/plan-%s", run, id);
    empty_upper();
    write_plan(plan, script);
    put_text(&fields, 1, id);
    put_text(&fields, 2, plan);
    put_number(&fields, 3, pid_mode);
    put_text(&fields, 6, in_base(log_name));
    int type = client_call(&control, START, &fields);
    if (type == FRAME_ERROR) {
        struct field stage;
        bool has = client_field(&control, 2, &stage);
        fprintf(stderr, "start of %s: errno %d in %.*s\n", id, (int)client_number(&control, 1), has ? (int)stage.length : 0,
                has ? (const char *)stage.value : "");
    }
    return type;
}

static int of_container(uint16_t type, const char *id) {
    struct buffer fields = {0};
    put_text(&fields, 1, id);
    return client_call(&control, type, &fields);
}

static void container_to_its_end(void) {
    CHECK(start("short", "id; hostname; cat /data/file /data/sub/link; touch /x; ls -ln /data; echo $$; cat /proc/self/mountinfo >&2; exit 7", PID_POD) == START);
    CHECK(client_number(&control, 1) > 1 && client_number(&control, 2) > 0);
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 7 && client_text_is(&control, 2, "short"));
    int64_t sequence = client_number(&control, 1);
    const char *log = in_base("log");
    CHECK(file_has(log, "stdout F uid=1000 gid=1001 groups=99"));
    CHECK(file_has(log, "stdout F it-pod\n"));
    CHECK(file_has(log, "stdout F from-image\n"));
    CHECK(file_has(log, "stderr F touch: /x: Read-only file system"));
    CHECK(file_has(log, "-rw-r--r--    2 7        8 ")); /* the volume's copy: owner and hard link are the image's */
    CHECK(file_has(log, " / / ro,") && !file_has(log, " /r ") && !file_has(log, " /run/netns")); /* its own mounts, no other */
    CHECK(file_has(in_base("run/exit-short"), "7 "));
    struct client late = client_connect(in_base("run/sock"));
    struct buffer none = {0};
    CHECK(hello(&late) == HELLO && client_call(&late, WATCH, &none) == WATCH);
    CHECK(client_receive(&late) == EXITED && client_number(&late, 1) == sequence); /* kept until acknowledged */
    client_close(&late);
    struct buffer ack = {0};
    put_number(&ack, 1, sequence);
    CHECK(client_call(&control, ACK, &ack) == ACK);
    CHECK(of_container(KILL, "short") == FRAME_ERROR); /* without a signal the request is broken, and ends the connection */
}

/* More names than fit into one string of fsconfig. */
static void many_layers(void) {
    char names[2048] = "a:b";
    for (int i = 0; i < 40; i++) {
        char name[48];
        snprintf(name, sizeof name, "layers/a-layer-with-a-long-name-%d", i);
        CHECK(mkdir(in_base(name), 0755) == 0);
        snprintf(name, sizeof name, ":a-layer-with-a-long-name-%d", i);
        strcat(names, name);
    }
    lower = names;
    CHECK(start("layers", "cat /data/file; exit 4", PID_NODE) == START);
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 4);
    lower = "a:b";
}

static void failing_starts(void) {
    CHECK(start("short", "true", PID_POD) == FRAME_ERROR && client_number(&control, 1) == EEXIST);
    CHECK(of_container(FORGET, "short") == FORGET && of_container(FORGET, "short") == FORGET);
    CHECK(access(in_base("run/exit-short"), F_OK) != 0);
    struct buffer fields = {0};
    put_text(&fields, 1, "noplan");
    put_text(&fields, 2, in_base("run/none"));
    CHECK(client_call(&control, START, &fields) == FRAME_ERROR && client_number(&control, 1) == ENOENT && client_text_is(&control, 2, "plan"));
    put_text(&fields, 1, "outside");
    put_text(&fields, 2, "/etc/passwd");
    CHECK(client_call(&control, START, &fields) == FRAME_ERROR && client_number(&control, 1) == EINVAL);
}

/* The shared pid namespace's init is in the seed: neither it nor an fd of ours may become the working folder. */
static void folders_outside(void) {
    static const char *const outside[] = {"/proc/1/root", "/proc/1/cwd", "/proc/self/fd/3", "/proc/self/root/../../proc/1/root"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        cwd = outside[i];
        CHECK(start("outside", "ls", PID_POD) == FRAME_ERROR && client_text_is(&control, 2, "cwd"));
    }
    cwd = "/data/made/at/start";
    CHECK(start("inside", "[ \"$(pwd)\" = /data/made/at/start ]", PID_POD) == START);
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 0);
    cwd = "/tmp";
}

static void run_with_log(const char *id, const char *name, const char *script) {
    log_name = name;
    CHECK(start(id, script, PID_POD) == START);
    CHECK(client_receive(&control) == EXITED && client_text_is(&control, 2, id));
    log_name = "log";
}

static void logs_of_strangers(void) {
    CHECK(mkfifo(in_base("fifo"), 0600) == 0 && symlink("victim", in_base("link")) == 0);
    close(open(in_base("victim"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    run_with_log("fifo", "fifo", "echo lost");
    run_with_log("link", "link", "echo lost");
    run_with_log("plain", "log.plain", "echo kept");
    CHECK(file_has(in_base("log.plain"), "stdout F kept\n"));
    CHECK(!file_has(in_base("victim"), "lost"));
}

/* A disk that fills up in the middle of a line. */
static void log_on_a_full_disk(void) {
    char last = '?';
    CHECK(mkdir(in_base("small"), 0755) == 0 && mount("tmpfs", in_base("small"), "tmpfs", 0, "size=16k") == 0);
    run_with_log("full", "small/log", "i=0; while [ $i -lt 600 ]; do echo line $i of many; i=$((i+1)); done");
    int file = open(in_base("small/log"), O_RDONLY | O_CLOEXEC);
    CHECK(file >= 0 && lseek(file, -1, SEEK_END) > 8192 && read(file, &last, 1) == 1 && last == '\n');
    close(file);
    CHECK(umount(in_base("small")) == 0);
}

static int exec(struct client *client, const char *id, const char *script) {
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

static void execs(void) {
    struct client client;
    CHECK(start("long", "while true; do sleep 1; done", PID_OWN) == START);
    CHECK(exec(&client, "long", "echo $ADDED; exit 5") == EXEC);
    CHECK(client_receive(&client) == OUT && client_number(&client, 1) == 1 && client_text_is(&client, 2, "yes\n"));
    CHECK(client_receive(&client) == DONE && client_number(&client, 1) == 5 && client_receive(&client) == -1);
    client_close(&client);
    CHECK(exec(&client, "long", "id >&2") == EXEC && client_receive(&client) == OUT && client_number(&client, 1) == 2);
    CHECK(client_text_is(&client, 2, "uid=1000 gid=1001 groups=99\n"));
    client_close(&client);
    CHECK(exec(&client, "long", "echo $$; exec sleep 1000") == EXEC);
    pid_t abandoned = (pid_t)client_number(&client, 1);
    CHECK(client_receive(&client) == OUT);
    client_close(&client);
    for (int tries = 0; tries < 200 && kill(abandoned, 0) == 0; tries++) {
        usleep(10000);
    }
    CHECK(kill(abandoned, 0) != 0); /* ended with its connection */
    CHECK(exec(&client, "none", "true") == FRAME_ERROR && client_number(&client, 1) == ESRCH);
    client_close(&client);
}

/* Much output, an end, and a client that starts to read long after: more is queued than the socket holds. */
static void exec_read_late(void) {
    struct client client;
    size_t received = 0;
    int type;
    CHECK(exec(&client, "long", "i=0; while [ $i -lt 100 ]; do printf %4096s x; i=$((i + 1)); done; exit 7") == EXEC);
    pid_t pid = (pid_t)client_number(&client, 1);
    for (int tries = 0; tries < 500 && kill(pid, 0) == 0; tries++) {
        usleep(10000);
    }
    CHECK(kill(pid, 0) != 0);
    while ((type = client_receive(&client)) == OUT) {
        struct field chunk;
        received += client_field(&client, 2, &chunk) ? chunk.length : 0;
    }
    CHECK(type == DONE && client_number(&client, 1) == 7 && received == 400 * 1024);
    client_close(&client);
}

static void log_reopened(void) {
    CHECK(rename(in_base("log"), in_base("log.1")) == 0);
    CHECK(of_container(REOPEN, "long") == REOPEN && access(in_base("log"), F_OK) == 0);
}

static int open_fds(pid_t pid) {
    char path[64];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    while (folder != NULL && readdir(folder) != NULL) {
        count++;
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return count;
}

static void nothing_leaks(void) {
    int before = 0;
    for (int round = 0; round < 12; round++) {
        if (round == 2) {
            before = open_fds(monitor_pid);
        }
        struct client client;
        CHECK(exec(&client, "long", "echo out") == EXEC && client_receive(&client) == OUT && client_receive(&client) == DONE);
        client_close(&client);
        CHECK(exec(&client, "long", "exec no-such-program; exit 1") == EXEC);
        client_close(&client);
        CHECK(start("round", "exit 0", round % 3 == 0 ? PID_OWN : PID_POD) == START && client_receive(&control) == EXITED);
        CHECK(of_container(FORGET, "round") == FORGET);
    }
    for (int tries = 0; tries < 100 && open_fds(monitor_pid) > before; tries++) {
        usleep(10000);
    }
    CHECK(before > 0 && open_fds(monitor_pid) == before);
}

static void killed(void) {
    struct buffer fields = {0};
    put_text(&fields, 1, "long");
    put_number(&fields, 2, SIGKILL);
    CHECK(client_call(&control, KILL, &fields) == KILL);
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 128 + SIGKILL);
    CHECK(start("left", "while true; do sleep 1; done", PID_POD) == START);
}

static void monitor_outlives_spawner(void) {
    int status = -1;
    client_close(&spawner);
    CHECK(waitpid(spawn_pid, &status, 0) == spawn_pid && status == 0);
    client_close(&control);
    control = client_connect(in_base("run/sock"));
    CHECK(hello(&control) == HELLO && client_number(&control, 4) == 1);
}

static void shut_down(void) {
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

/* One that is not loaded, or not known because AppArmor is off: the program does not run without it. */
static void unknown_profile(void) {
    profile = "crij-it-no-such-profile";
    CHECK(start("profile", "true", PID_POD) == FRAME_ERROR && client_text_is(&control, 2, "apparmor"));
    profile = NULL;
}

/* A link in an image leads nowhere but into the image, and a part that is not there is an error. */
static void parts_of_images(void) {
    shell_in_base("ln -s ../../../../../../data layers/b/up && ln -s /etc layers/b/out && ln -s /proc/self/root/etc layers/b/magic");
    CHECK(start("part", "cat /mnt/part/link; cat /mnt/image/data/file; touch /mnt/part/x; exit 6", PID_POD) == START);
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 6);
    CHECK(file_has(in_base("log"), "stderr F touch: /mnt/part/x: Read-only file system"));
    part = "up";
    CHECK(start("up", "cat /mnt/part/file; exit 6", PID_POD) == START);
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 6);
    const char *const outside[] = {"out", "magic/passwd", "../../../etc/passwd", "none"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        part = outside[i];
        CHECK(start("outside", "true", PID_POD) == FRAME_ERROR && client_number(&control, 1) == ENOENT && client_text_is(&control, 2, "part"));
    }
    part = "data/sub";
}

/* A pod with a user namespace: owners are mapped everywhere, and nothing of the host's root is left in the container. */
static void user_namespace(void) {
    mapped = true;
    shell_in_base("chown 1000 shared && chmod 755 run && rm -rf vol log && mkdir vol");
    CHECK(start("mapped",
                "cat /proc/self/uid_map; id; ls -lnd / /bin/busybox /mnt/shared /dev/shm /mnt/image/bin /mnt; ls -ln /data; echo x > /mnt/shared/mine;"
                "echo again > /proc/self/fd/1; cat /dev/null && echo null; hostname; exit 7",
                PID_POD) == START);
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 7);
    const char *log = in_base("log");
    CHECK(file_has(log, "         0     100000      65536\n"));
    CHECK(file_has(log, "uid=1000 gid=1001 groups=99\n"));
    CHECK(!file_has(log, " 65534 "));
    CHECK(file_has(log, "-rw-r--r--    2 7        8 "));
    CHECK(file_has(log, "stdout F again\n") && file_has(log, "stdout F null\n") && file_has(log, "stdout F it-pod\n"));
    shell_in_base("test $(stat -c %u:%g shared/mine) = 1000:1001 && test $(stat -c %u:%g vol/file) = 100007:100008");
    struct client client;
    CHECK(start("mapped-long", "while true; do sleep 1; done", PID_OWN) == START);
    CHECK(exec(&client, "mapped-long", "echo e > /proc/self/fd/1; id; cat /proc/self/gid_map >&2") == EXEC);
    CHECK(client_receive(&client) == OUT && client_text_is(&client, 2, "e\n"));
    client_close(&client);
    shared = "/proc/self"; /* a file system that shows no mapped owners */
    CHECK(start("unmappable", "true", PID_POD) == FRAME_ERROR && client_number(&control, 1) == EINVAL && client_text_is(&control, 2, "idmap"));
    shared = NULL;
}

static void second_pod(void) {
    start_spawner(program);
    start_monitor();
    mapped = true;
    set_up_pod();
    user_namespace();
    monitor_outlives_spawner();
    shut_down();
}

int main(int argc, char **argv) {
    const char *folder = getenv("TMPDIR");
    snprintf(base, sizeof base, "%.30s/crij-it-XXXXXX", folder != NULL ? folder : "/tmp");
    if (argc != 2 || geteuid() != 0 || access(BUSYBOX, X_OK) != 0 || mkdtemp(base) == NULL) {
        fprintf(stderr, "usage, as root and with " BUSYBOX " (static): %s CRIJ-POD\n", argv[0]);
        return 1;
    }
    snprintf(run, sizeof run, "%s/run", base);
    snprintf(pin, sizeof pin, "/run/netns/crij-it-%d", (int)getpid());
    signal(SIGPIPE, SIG_IGN);
    make_layers();
    program = argv[1];
    start_spawner(program);
    programs_and_paths();
    start_monitor();
    set_up_pod();
    container_to_its_end();
    client_close(&control);
    control = client_connect(in_base("run/sock"));
    struct buffer none = {0};
    CHECK(hello(&control) == HELLO && client_call(&control, WATCH, &none) == WATCH);
    many_layers();
    parts_of_images();
    unknown_profile();
    failing_starts();
    folders_outside();
    logs_of_strangers();
    log_on_a_full_disk();
    execs();
    exec_read_late();
    log_reopened();
    nothing_leaks();
    killed();
    monitor_outlives_spawner();
    shut_down();
    second_pod();
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", base);
    shell(command);
    return checks_report("it");
}
