/* A program that is given a connected socket, which a JVM cannot hand to a child. */
#include "plugin.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys.h"

/* Where the plugin looks, and what NRI_PLUGIN_SOCKET says. */
#define PLUGIN_FD 3

static int failed(const char *what, const char *object) {
    fprintf(stderr, "crij-pod plugin: %s %s: %s\n", what, object, strerror(errno));
    return 1;
}

/* Signals that the JVM ignores or blocks are none of the plugin's. */
static void reset_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_DFL); /* fails for those that cannot be ignored either */
    }
}

int plugin_main(int argc, char **argv) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (argc != 4) {
        fprintf(stderr, "usage: crij-pod plugin SOCKET PROGRAM\n");
        return 2;
    }
    const char *path = argv[2];
    char *program = argv[3];
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return failed("cannot connect to", path);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    /* Nothing of the JVM's goes to the plugin; then the first free number is the one that it looks at. */
    if (sys_close_range(PLUGIN_FD, ~0u, 0) != 0) {
        return failed("cannot close what is open before", program);
    }
    int connection = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
        return failed("cannot connect to", path);
    }
    if (connection != PLUGIN_FD && (dup2(connection, PLUGIN_FD) < 0 || close(connection) != 0)) {
        return failed("cannot keep the connection to", path);
    }
    setsid();
    reset_signals();
    char *arguments[] = {program, NULL};
    execv(program, arguments);
    return failed("cannot execute", program);
}
