#include "words.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hook.h"
#include "own.h"

#define TAIL_BYTES 1024
#define FILE_BYTES (64 << 10)
#define READS_MAX 512 /* of 4 KiB: more than a pipe holds; others may hold the pipe and write on */

int words_file(const char *name) {
    int file = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file >= 0 && (ftruncate(file, FILE_BYTES) != 0 || fcntl(file, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)) {
        own_close(&file);
    }
    return file;
}

void words_last(int fd, char *line, size_t size) {
    char name[64], data[4096], tail[TAIL_BYTES];
    size_t length = 0;
    struct stat status;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    OWN_FD end = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    size_t left = SIZE_MAX;
    if (end >= 0 && fstat(end, &status) == 0 && S_ISREG(status.st_mode)) {
        /* Where the writers have come to, which have this very open file. */
        off_t written = lseek(fd, 0, SEEK_CUR);
        left = written < 0 ? 0 : written < TAIL_BYTES ? (size_t)written : TAIL_BYTES;
        (void)lseek(end, written - (off_t)left, SEEK_SET);
    }
    for (int reads = 0; end >= 0 && reads < READS_MAX && left > 0; reads++) {
        ssize_t count = read(end, data, left < sizeof data ? left : sizeof data);
        if (count > 0 && left != SIZE_MAX) {
            left -= (size_t)count;
        }
        if (count <= 0) {
            break;
        }
        size_t fresh = (size_t)count < sizeof tail ? (size_t)count : sizeof tail;
        size_t old = length < sizeof tail - fresh ? length : sizeof tail - fresh;
        memmove(tail, tail + length - old, old);
        memcpy(tail + old, data + (size_t)count - fresh, fresh);
        length = old + fresh;
    }
    hook_last_line(tail, length, line, size);
}
