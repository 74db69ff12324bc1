/* What a child that is on its way to become a container tells the monitor, over a SOCK_SEQPACKET pair that exec closes. */
#ifndef CRIJ_REPORT_H
#define CRIJ_REPORT_H

#include "fault.h"

enum report_type {
    REPORT_FAULT = 1, /* it failed */
    REPORT_READY = 2, /* all is done but the last steps to exec: end of file after this one means that exec succeeded */
    REPORT_TTY = 3,   /* the fd is the master of its terminal */
    REPORT_NAMESPACE = 4, /* the fd is a namespace of the pod; `kind` is its CLONE_NEW* bit */
    REPORT_PINNED = 5, /* the pin is ours, and so is its removal */
    REPORT_RUNNING = 7, /* a runtime has started the container: `kind` is the pid of its first process, the fd its pidfd; the socket stays open */
    REPORT_RELAYED = 9, /* the same; signals go to it through the socket */
    REPORT_SIGNAL = 8, /* from the monitor to the one that sent RELAYED: `kind` is a signal for the container; to one that sent KEEPS: its start is called off */
    REPORT_KEEPS = 10, /* a runtime's commands are run from now on, and they are ended by telling us, not by killing us */
    REPORT_HELD = 6 /* it waits for report_go; `kind` is how many ms at most, the fault's `what` the hold's name, its `op` the place in the plan */
};

struct report {
    int type;
    int kind;
    struct fault fault;
};

int report_send(int socket, enum report_type type, int kind, int fd);
void report_fault(int socket, const struct fault *fault);
int report_hold(int socket, const char *name, int op, int patience_ms); /* -1 with errno: nobody will say go */
int report_go(int socket); /* for the one that holds */

#endif
