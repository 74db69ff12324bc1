/* OCI runtimes that a container is left to: a script plays one. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "it_pod.h"

static bool failed_in(const char *command) { return client_text_is(&control, 2, "runtime") && client_text_is(&control, 3, command); }

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
    for (int tries = 0; tries < 200 && kill(pid, 0) == 0; tries++) {
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

/* What a failed command left behind would hold the container's root, and run outside of its cgroup. */
static void ones_that_fail(void) {
    wish.runtime = "setsid sleep 1000 & echo $! > left; exit 3";
    CHECK(start("failing", "true", PID_NODE) == FRAME_ERROR && failed_in("create") && is_gone(noted("left")));
    CHECK(access(in_base("bundle/deleted"), F_OK) == 0);
    wish.runtime = "sleep 1000 & echo $! > left; sleep 1000";
    CHECK(start("hanging", "true", PID_NODE) == FRAME_ERROR && failed_in("create") && is_gone(noted("left")));
    wish.runtime = "true";
    CHECK(start("silent", "true", PID_NODE) == FRAME_ERROR && failed_in("pid file"));
}

/* It would be signalled in the container's stead. */
static void one_that_names_a_stranger(void) {
    char script[64];
    snprintf(script, sizeof script, "echo %d > pid", getpid());
    wish.runtime = script;
    CHECK(start("strange", "true", PID_NODE) == FRAME_ERROR && client_number(&control, 1) == ESRCH && failed_in("pid file"));
}

void runtimes(void) {
    char bundle[128];
    snprintf(bundle, sizeof bundle, "%s", in_base("bundle"));
    shell_in_base("rm -rf bundle && mkdir -p bundle/rootfs bundle/seed bundle/mounts");
    wish.bundle = bundle;
    one_that_works();
    shell_in_base("rm -f bundle/pid bundle/started bundle/deleted");
    ones_that_fail();
    one_that_names_a_stranger();
    wish.runtime = NULL;
    wish.bundle = NULL;
    shell_in_base("rm -rf bundle");
}
