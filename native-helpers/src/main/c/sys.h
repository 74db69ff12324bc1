/* System calls that the C library lacks, or whose wrappers must not be used in a raw clone of a process with threads. */
#ifndef CRIJ_SYS_H
#define CRIJ_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct clone_request {
    uint64_t flags;  /* CLONE_NEW* */
    int cgroup;      /* folder of a cgroup v2 to be born in, or -1 */
};

/* A fork by clone3: 0 in the child, its pid in the parent; *pidfd is set in the parent. */
pid_t sys_clone(const struct clone_request *request, int *pidfd);
int sys_openat2(int folder, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int sys_close_range(unsigned first, unsigned last, unsigned flags);
int sys_pivot_root(const char *new_root, const char *put_old);
int sys_wait_pidfd(int pidfd, int *exit_code); /* blocks until it ended; 128+signal when killed */

/* One message over a socket pair, with an fd when `fd` >= 0. */
int sys_send_fd(int socket, const void *data, size_t length, int fd);
ssize_t sys_receive_fd(int socket, void *data, size_t length, int *fd); /* *fd is -1 when there was none */

int write_all(int fd, const void *data, size_t length);
int write_file_at(int folder, const char *path, const char *text); /* one write to an existing file */
int64_t process_start_ticks(pid_t pid); /* /proc/PID/stat field 22; -1 if it is gone */

#endif
