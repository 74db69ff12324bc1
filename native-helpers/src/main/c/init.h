#ifndef CRIJ_INIT_H
#define CRIJ_INIT_H

/* PID 1 of a pod's shared pid namespace: reaps, and keeps the namespace alive until the monitor kills it. */
_Noreturn void init_run(void);

#endif
