/* Containers from their start to their end: what they see, what is refused, what becomes of their logs. */
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "it_pod.h"

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
    wish.lower = names;
    CHECK(start("layers", "cat /data/file; exit 4", PID_NODE) == START);
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 4);
    wish.lower = "a:b";
}

/* A link in an image leads nowhere but into the image, and a part that is not there is an error. */
static void parts_of_images(void) {
    shell_in_base("ln -s ../../../../../../data layers/b/up && ln -s /etc layers/b/out && ln -s /proc/self/root/etc layers/b/magic");
    CHECK(start("part", "cat /mnt/part/link; cat /mnt/image/data/file; touch /mnt/part/x; exit 6", PID_POD) == START);
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 6);
    CHECK(file_has(in_base("log"), "stderr F touch: /mnt/part/x: Read-only file system"));
    wish.part = "up";
    CHECK(start("up", "cat /mnt/part/file; exit 6", PID_POD) == START);
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 6);
    const char *const outside[] = {"out", "magic/passwd", "../../../etc/passwd", "none"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        wish.part = outside[i];
        CHECK(start("outside", "true", PID_POD) == FRAME_ERROR && client_number(&control, 1) == ENOENT && client_text_is(&control, 2, "part"));
    }
    wish.part = "data/sub";
}

/* One that is not loaded, or not known because AppArmor is off: the program does not run without it. */
static void unknown_profile(void) {
    wish.profile = "crij-it-no-such-profile";
    CHECK(start("profile", "true", PID_POD) == FRAME_ERROR && client_text_is(&control, 2, "apparmor"));
    wish.profile = NULL;
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
        wish.cwd = outside[i];
        CHECK(start("outside", "ls", PID_POD) == FRAME_ERROR && client_text_is(&control, 2, "cwd"));
    }
    wish.cwd = "/data/made/at/start";
    CHECK(start("inside", "[ \"$(pwd)\" = /data/made/at/start ]", PID_POD) == START);
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 0);
    wish.cwd = "/tmp";
}

static void run_with_log(const char *id, const char *name, const char *script) {
    wish.log = name;
    CHECK(start(id, script, PID_POD) == START);
    CHECK(client_receive(&control) == EXITED && client_text_is(&control, 2, id));
    wish.log = "log";
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

static bool is_failed_hold(int type, int64_t error, const char *name) {
    return type == FRAME_ERROR && client_number(&control, 1) == error && client_text_is(&control, 2, "hold") && client_text_is(&control, 3, name) &&
           client_number(&control, 4) >= 0;
}

/* The reply to a request comes before or after the frame that ends the start. */
static bool ends_held_start(int first, uint16_t reply, int64_t error, const char *name) {
    if (first == reply) {
        return is_failed_hold(client_receive(&control), error, name);
    }
    return is_failed_hold(first, error, name) && client_receive(&control) == reply;
}

static int kill_with(const char *id, int64_t signal) {
    struct buffer fields = {0};
    put_text(&fields, 1, id);
    put_number(&fields, 2, signal);
    return client_call(&control, KILL, &fields);
}

static void let_go(const char *id, const char *next, int64_t *pid) {
    CHECK(client_text_is(&control, 1, id) && client_text_is(&control, 3, next));
    *pid = client_number(&control, 2);
    CHECK(kill((pid_t)*pid, 0) == 0);
}

static void held_and_let_go(void) {
    int64_t first, second;
    struct buffer none = {0};
    wish.hold_ms = 60000;
    CHECK(start("held", "exit 9", PID_OWN) == HELD);
    let_go("held", "first", &first);
    CHECK(client_call(&control, STATUS, &none) == STATUS); /* everything else is served meanwhile */
    struct client other = client_connect(in_base("run/sock"));
    struct buffer fields = {0};
    put_text(&fields, 1, "held");
    CHECK(hello(&other) == HELLO && client_call(&other, GO, &fields) == FRAME_ERROR && client_number(&other, 1) == EPERM);
    client_close(&other);
    CHECK(of_container(GO, "held") == GO && client_receive(&control) == HELD);
    let_go("held", "second", &second);
    CHECK(first == second);
    CHECK(of_container(GO, "held") == GO && client_receive(&control) == START && client_number(&control, 1) == first);
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 9);
    CHECK(of_container(GO, "held") == FRAME_ERROR && client_number(&control, 1) == ESRCH);
    CHECK(of_container(FORGET, "held") == FORGET);
}

static void held_too_long(void) {
    wish.hold_ms = 1500; /* for a busy machine, too */
    CHECK(start("held", "true", PID_OWN) == HELD && is_failed_hold(client_receive(&control), ETIMEDOUT, "first"));
    CHECK(start("held", "true", PID_OWN) == HELD && of_container(GO, "held") == GO && client_receive(&control) == HELD);
    CHECK(is_failed_hold(client_receive(&control), ETIMEDOUT, "second"));
    wish.hold_ms = 60000;
}

static void killed_while_held(void) {
    CHECK(start("held", "true", PID_OWN) == HELD);
    CHECK(ends_held_start(kill_with("held", SIGTERM), KILL, ECANCELED, "first"));
    CHECK(start("held", "true", PID_OWN) == HELD);
    CHECK(kill((pid_t)client_number(&control, 2), SIGKILL) == 0);
    CHECK(is_failed_hold(client_receive(&control), ECHILD, "first"));
}

/* Whoever asked for the start has gone: nobody else may let it go. */
static void left_while_held(void) {
    struct buffer fields = {0}, none = {0};
    struct client other = client_connect(in_base("run/sock"));
    ask_start("held", "true", &fields);
    CHECK(hello(&other) == HELLO && client_call(&other, START, &fields) == HELD);
    pid_t held = (pid_t)client_number(&other, 2);
    client_close(&other);
    for (int tries = 0; tries < 500 && kill(held, 0) == 0; tries++) {
        usleep(10000);
    }
    CHECK(kill(held, 0) != 0);
    CHECK(client_call(&control, STATUS, &none) == STATUS && of_container(GO, "held") == FRAME_ERROR && client_number(&control, 1) == ESRCH);
    wish.hold_ms = 0;
}

static void holds(void) {
    held_and_let_go();
    held_too_long();
    killed_while_held();
    left_while_held();
}

void containers(void) {
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
    holds();
}
