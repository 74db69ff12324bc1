/* A pod with a user namespace. */
#include "it_pod.h"

/* Owners are mapped everywhere, and nothing of the host's root is left in the container. */
void user_namespaces(void) {
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
    CHECK(client_receive(&client) == OUT && client_text_begins(&client, 2, "e\n"));
    client_close(&client);
    wish.shared = "/proc/self"; /* a file system that shows no mapped owners */
    CHECK(start("unmappable", "true", PID_POD) == FRAME_ERROR && client_number(&control, 1) == EINVAL && client_text_is(&control, 2, "idmap"));
    wish.shared = NULL;
}
