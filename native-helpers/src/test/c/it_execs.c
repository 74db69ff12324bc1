/* Execs in a container that runs, a log that is reopened, and what is left of all that. */
#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include "it_pod.h"

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

void execs_and_logs(void) {
    execs();
    exec_read_late();
    log_reopened();
    nothing_leaks();
    killed();
}
