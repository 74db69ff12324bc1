/* crij-pod: `spawn` is the daemon's child that gives birth, `monitor` is a pod's keeper, `probe` tells what the kernel can do, `plugin`
 * becomes a program with a socket, `hook` one that stands beside a container's root. */
#include <stdio.h>
#include <string.h>

#include "hook_enter.h"
#include "monitor.h"
#include "plugin.h"
#include "probe.h"
#include "spawn.h"

int main(int argc, char **argv) {
    if (argc >= 2 && strcmp(argv[1], "spawn") == 0) {
        return spawn_main(argc, argv);
    }
    if (argc >= 2 && strcmp(argv[1], "monitor") == 0) {
        return monitor_main(argc, argv);
    }
    if (argc >= 2 && strcmp(argv[1], "probe") == 0) {
        return probe_main(argc, argv);
    }
    if (argc >= 2 && strcmp(argv[1], "plugin") == 0) {
        return plugin_main(argc, argv);
    }
    if (argc >= 2 && strcmp(argv[1], "hook") == 0) {
        return hook_main(argc, argv);
    }
    fprintf(stderr,
            "usage: crij-pod spawn [--tasks FILE]...\n       crij-pod monitor POD FOLDER READY-FD\n"
            "       crij-pod probe userns FOLDER\n       crij-pod plugin SOCKET PROGRAM\n       crij-pod hook PID BUNDLE PROGRAM ARGV...\n");
    return 2;
}
