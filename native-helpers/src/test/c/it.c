/* The root test: a whole pod's life over the real program, then nothing of it may be left. */
#include <signal.h>
#include <unistd.h>

#include "it_pod.h"

static void first_pod(const char *program) {
    start_spawner(program);
    programs_and_paths();
    start_monitor();
    set_up_pod();
    containers();
    hooks();
    runtimes();
    execs_and_logs();
    monitor_outlives_spawner();
    shut_down();
}

static void second_pod(const char *program) {
    start_spawner(program);
    start_monitor();
    mapped = true;
    set_up_pod();
    user_namespaces();
    hooks();
    monitor_outlives_spawner();
    shut_down();
}

int main(int argc, char **argv) {
    if (argc != 2 || geteuid() != 0 || pod_folder_make() != 0) {
        fprintf(stderr, "usage, as root and with a static busybox: %s CRIJ-POD\n", argv[0]);
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    first_pod(argv[1]);
    second_pod(argv[1]);
    pod_folder_remove();
    return checks_report("it");
}
