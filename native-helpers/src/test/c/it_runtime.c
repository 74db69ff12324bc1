/* OCI runtimes that a container is left to: a script plays one. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "it_pod.h"

static bool failed_with(const struct client *client, const char *words) { return client_text_is(client, 2, "runtime") && client_text_begins(client, 3, words); }

static bool failed_in(const char *words) { return failed_with(&control, words); }

/* The pid that the script wrote into a file of its bundle. */
static pid_t noted(const char *name) {
    char text[16] = "";
    char path[160];
    snprintf(path, sizeof path, "%s/%s", wish.bundle, name);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        CHECK(fgets(text, sizeof text, file) != NULL);
        fclose(file);
    }
    return (pid_t)atoi(text);
}

/* Its parent may need a moment to reap it. */
static bool is_gone(pid_t pid) {
    for (int tries = 0; tries < 2000 && kill(pid, 0) == 0; tries++) {
        usleep(10000);
    }
    return pid > 1 && kill(pid, 0) != 0;
}

static void one_that_works(void) {
    wish.runtime = "sh -c 'while [ ! -e started ]; do sleep 0.02; done; cat rootfs/data/file; exit 7' & echo $! > pid";
    CHECK(start("kept", "true", PID_NODE) == START && client_number(&control, 1) == noted("pid"));
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 7);
    CHECK(of_container(FORGET, "kept") == FORGET);
}

/* As systemd asks all of a scope when the node shuts down: the container may take its time, and how it ends is still told. */
static void one_whose_keeper_is_asked_to_end(void) {
    wish.runtime = "sh -c 'while [ ! -e over ]; do sleep 0.02; done; exit 7' & echo $! > pid";
    CHECK(start("asked", "true", PID_NODE) == START);
    shell_in_base("kill -TERM $(cut -d' ' -f4 /proc/$(cat bundle/pid)/stat); sleep 0.2; touch bundle/over");
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 7);
    CHECK(of_container(FORGET, "asked") == FORGET);
    shell_in_base("rm -f bundle/over");
}

/* What a failed command left behind would hold the container's root, and run outside of its cgroup. */
static void ones_that_fail(void) {
    wish.runtime = "setsid sleep 1000 & echo $! > left; echo one >&2; echo no room >&2; exit 3";
    CHECK(start("failing", "true", PID_NODE) == FRAME_ERROR && failed_in("create failed (exit code 3): no room") && is_gone(noted("left")));
    CHECK(access(in_base("bundle/deleted"), F_OK) == 0);
    wish.runtime = "sleep 1000 & echo $! > left; echo working >&2; sleep 1000";
    wish.runtime_ms = 3000; /* for a busy machine, too */
    CHECK(start("hanging", "true", PID_NODE) == FRAME_ERROR && failed_in("create did not end within 3000 ms and was killed: working") && is_gone(noted("left")));
    wish.runtime_ms = 0;
    wish.runtime = "true";
    CHECK(start("silent", "true", PID_NODE) == FRAME_ERROR && failed_in("pid file"));
}

/* The pid of the child that a script noted, when it has. */
static pid_t awaited(const char *name) {
    pid_t pid = 0;
    for (int tries = 0; tries < 2000 && pid == 0; tries++) {
        usleep(10000);
        pid = access(in_base("bundle/left"), F_OK) == 0 ? noted(name) : 0;
    }
    return pid;
}

static bool begin_to_hang(const char *id, struct client *other) {
    struct buffer fields = {0};
    shell_in_base("rm -f bundle/left bundle/deleted");
    wish.runtime = "setsid sleep 1000 & echo $! > noting; mv noting left; sleep 1000";
    wish.runtime_ms = 600000;
    *other = client_connect(in_base("run/sock"));
    ask_start(id, "true", &fields);
    put_number(&fields, 3, PID_NODE);
    return hello(other) == HELLO && client_send(other, START, &fields) && awaited("left") > 1;
}

/* What it has begun is undone at once, and not at its deadline. */
static void ones_that_are_called_off(void) {
    struct client other;
    struct buffer fields = {0};
    CHECK(begin_to_hang("off", &other));
    put_text(&fields, 1, "off");
    put_number(&fields, 2, SIGKILL);
    CHECK(client_call(&control, KILL, &fields) == KILL);
    CHECK(client_receive(&other) == FRAME_ERROR && client_number(&other, 1) == ECANCELED && failed_with(&other, "create"));
    CHECK(is_gone(noted("left")) && access(in_base("bundle/deleted"), F_OK) == 0);
    client_close(&other);
    wish.runtime_ms = 0;
}

/* It would be signalled in the container's stead. */
static void one_that_names_a_stranger(void) {
    char script[64];
    snprintf(script, sizeof script, "echo %d > pid", getpid());
    wish.runtime = script;
    CHECK(start("strange", "true", PID_NODE) == FRAME_ERROR && client_number(&control, 1) == ESRCH && failed_in("pid file"));
}

/* No signal reaches what an exec runs: the runtime is asked to end it, with what it started. */
static void execs_of_its_own(void) {
    struct client client;
    struct field said = {0};
    char text[32];
    int parent = 0, child = 0;
    wish.runtime_execs = true;
    wish.runtime = "setsid sh -c 'while [ ! -e over ]; do sleep 0.02; done' & echo $! > pid";
    CHECK(start("apart", "true", PID_NODE) == START);
    CHECK(exec(&client, "apart", "echo said; exit 5") == EXEC && client_receive(&client) == OUT && client_text_is(&client, 2, "said\n"));
    CHECK(client_receive(&client) == DONE && client_number(&client, 1) == 5);
    client_close(&client);
    CHECK(exec(&client, "apart", "sleep 1000 & echo $$ $!; wait") == EXEC);
    pid_t keeper = (pid_t)client_number(&client, 1);
    CHECK(client_receive(&client) == OUT && client_field(&client, 2, &said));
    snprintf(text, sizeof text, "%.*s", (int)said.length, (const char *)said.value);
    CHECK(sscanf(text, "%d %d", &parent, &child) == 2);
    CHECK(kill(keeper, 0) == 0 && kill(parent, 0) == 0 && kill(child, 0) == 0);
    client_close(&client);
    CHECK(is_gone(keeper) && is_gone(parent) && is_gone(child));
    CHECK(exec(&client, "apart", "sleep 1000") == EXEC); /* it leaves before it has heard of the program */
    keeper = (pid_t)client_number(&client, 1);
    client_close(&client);
    CHECK(is_gone(keeper));
    shell_in_base("touch bundle/over");
    CHECK(client_receive(&control) == EXITED && of_container(FORGET, "apart") == FORGET);
    wish.runtime_execs = false;
}

void runtimes(void) {
    char bundle[128];
    snprintf(bundle, sizeof bundle, "%s", in_base("bundle"));
    shell_in_base("rm -rf bundle && mkdir -p bundle/rootfs bundle/seed bundle/mounts");
    wish.bundle = bundle;
    one_that_works();
    shell_in_base("rm -f bundle/pid bundle/started bundle/deleted");
    one_whose_keeper_is_asked_to_end();
    shell_in_base("rm -f bundle/pid bundle/started bundle/deleted");
    ones_that_fail();
    ones_that_are_called_off();
    one_that_names_a_stranger();
    shell_in_base("rm -f bundle/pid bundle/started bundle/deleted");
    execs_of_its_own();
    wish.runtime = NULL;
    wish.bundle = NULL;
    shell_in_base("rm -rf bundle");
}
