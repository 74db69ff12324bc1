#include "report.h"

#include <string.h>
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
