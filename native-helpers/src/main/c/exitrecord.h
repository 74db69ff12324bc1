#ifndef CRIJ_EXITRECORD_H
#define CRIJ_EXITRECORD_H

#include <stdint.h>

/* `<folder>/exit-<id>`: how a container ended, for a daemon that was not there. 0, or -1 with errno. */
int exit_record_write(const char *folder, const char *id, int code, int64_t finished_ns);
void exit_record_remove(const char *folder, const char *id);

#endif
