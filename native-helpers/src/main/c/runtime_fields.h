/* The places of RUNTIME's fields in its operation. */
#ifndef CRIJ_RUNTIME_FIELDS_H
#define CRIJ_RUNTIME_FIELDS_H

enum runtime_field { ENVIRONMENT, CGROUP, DEADLINE, CREATE, START, DELETE, SIGNAL, WAIT, EXEC, IN_GROUPS, PROCESSES, END };

#endif
