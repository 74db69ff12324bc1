#include "report.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys.h"

int report_send(int socket, enum report_type type, int kind, int fd) {
    struct report report;
    memset(&report, 0, sizeof report);
    report.type = (int)type;
    report.kind = kind;
    if (fd >= 0) {
        return sys_send_fd(socket, &report, sizeof report, fd);
    }
    return write_all(socket, &report, sizeof report);
}

void report_fault(int socket, const struct fault *fault) {
    struct report report;
    memset(&report, 0, sizeof report);
    report.type = REPORT_FAULT;
    report.fault = *fault;
    /* write, not sendmsg: a seccomp filter may stand already. If it fails the monitor sees the end without READY. */
    (void)!write(socket, &report, sizeof report);
}

int report_hold(int socket, const char *name, int op, int patience_ms) {
    struct report report;
    struct fault held;
    char go;
    ssize_t count;
    fault_set(&held, 0, "hold", name);
    held.op = op;
    memset(&report, 0, sizeof report);
    report.type = REPORT_HELD;
    report.kind = patience_ms;
    report.fault = held;
    if (write_all(socket, &report, sizeof report) != 0) {
        return -1;
    }
    while ((count = read(socket, &go, 1)) < 0 && errno == EINTR) {
    }
    errno = count == 0 ? ECANCELED : errno;
    return count == 1 ? 0 : -1;
}

int report_go(int socket) {
    return send(socket, "g", 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
}
