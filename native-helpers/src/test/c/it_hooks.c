/* Hooks of the OCI runtime specification that the container's own process runs. */
#include <stdlib.h>
#include <unistd.h>

#include "it_pod.h"

static bool refused_with(const char *text) {
    struct field what;
    char copy[256] = "";
    if (!client_text_is(&control, 2, "hook") || !client_field(&control, 3, &what)) {
        return false;
    }
    memcpy(copy, what.value, what.length < sizeof copy ? what.length : sizeof copy - 1);
    if (strstr(copy, text) == NULL) {
        fprintf(stderr, "the fault says: %s\n", copy);
    }
    return strstr(copy, text) != NULL;
}

/* The host's programs, the container's namespaces, and the root where the specification has it. */
static void hooks_that_work(void) {
    wish.create_hook = "cat > rootfs/tmp/state; (pwd; hostname; readlink /proc/self/ns/mnt; echo \"$TOKEN\"; cat rootfs/data/file) > rootfs/tmp/seen;"
                       "ls /etc/passwd > rootfs/tmp/host; ln -s /data/file rootfs/tmp/link";
    wish.start_hook = "(id; cat) > /dev/shm/who; readlink /proc/self/ns/pid >> /dev/shm/who";
    CHECK(start("hooked", "cat /tmp/state /tmp/seen /tmp/host /tmp/link /dev/shm/who; cat /proc/self/mountinfo >&2; ls /proc/1/root; exit 4", PID_OWN) == START);
    CHECK(client_receive(&control) == EXITED && client_number(&control, 3) == 4);
    const char *log = in_base("log");
    CHECK(file_has(log, "stdout F {\"pid\":1}") && file_has(log, "stdout F secret\n") && file_has(log, "stdout F it-pod\n"));
    CHECK(file_has(log, "/bundle\n") && file_has(log, "stdout F from-image\n") && file_has(log, "stdout F /etc/passwd\n"));
    CHECK(mapped || file_has(log, "uid=1000 gid=1001 groups=99\n"));
    CHECK(!file_has(log, "/bundle ") && !file_has(log, " /r ") && !file_has(log, " /seed")); /* nothing of the copy is left */
    struct client client;
    CHECK(of_container(FORGET, "hooked") == FORGET);
    wish.start_hook = "echo once >> /dev/shm/starts";
    CHECK(start("hooked", "while true; do sleep 1; done", PID_POD) == START);
    CHECK(exec(&client, "hooked", "cat /dev/shm/starts; exit 3") == EXEC);
    CHECK(client_receive(&client) == OUT && client_text_begins(&client, 2, "once\n") && client_number(&client, 1) == 1);
    CHECK(client_receive(&client) == DONE && client_number(&client, 1) == 3);
    client_close(&client);
    struct buffer kill = {0};
    put_text(&kill, 1, "hooked");
    put_number(&kill, 2, 9);
    CHECK(client_call(&control, KILL, &kill) == KILL && client_receive(&control) == EXITED);
    CHECK(of_container(FORGET, "hooked") == FORGET);
}

static void hooks_that_fail(void) {
    wish.start_hook = NULL;
    wish.create_hook = "echo first >&2; printf 'no\\033[2J such GPU\\n\\n' >&2; exit 9";
    CHECK(start("failing", "true", PID_OWN) == FRAME_ERROR && refused_with("createContainer hook /bin/sh failed (exit code 9): no?[2J such GPU"));
    wish.create_hook = "trap '' TERM; sleep 1000 & sleep 1000";
    CHECK(start("hanging", "true", PID_OWN) == FRAME_ERROR && refused_with("did not end within 1500 ms and was killed"));
    wish.create_hook = "head -c 1G /dev/zero >&2; echo the end >&2; exit 5";
    CHECK(start("noisy", "true", PID_OWN) == FRAME_ERROR);
    wish.create_hook = "exec 0<&-; exit 0"; /* one that does not read what it is told */
    CHECK(start("deaf", "exit 2", PID_OWN) == START && client_receive(&control) == EXITED && client_number(&control, 3) == 2);
    wish.create_hook = NULL;
    wish.start_hook = "exit 1";
    CHECK(start("starting", "true", PID_POD) == FRAME_ERROR && refused_with("startContainer hook /bin/sh failed (exit code 1)"));
    wish.hook_program = "/bin/none";
    CHECK(start("missing", "true", PID_POD) == FRAME_ERROR && refused_with("exit code 127): it cannot be executed: No such file"));
    wish.hook_program = NULL;
    wish.start_hook = NULL;
}

void hooks(void) {
    shell_in_base("mkdir -p run/bundle/rootfs run/bundle/seed && chmod 711 run && chmod 777 layers/a/tmp && rm -rf vol log && mkdir vol");
    char bundle[128];
    snprintf(bundle, sizeof bundle, "%s", in_base("run/bundle"));
    wish.bundle = bundle;
    hooks_that_work();
    hooks_that_fail();
    wish.bundle = NULL;
}
