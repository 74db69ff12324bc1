#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "own.h"
#include "words.h"

static bool last_is(int fd, const char *wanted) {
    char line[150] = "before";
    words_last(fd, line, sizeof line);
    return strcmp(line, wanted) == 0;
}

static bool say(int fd, const char *text) { return write(fd, text, strlen(text)) == (ssize_t)strlen(text); }

static void of_a_file(void) {
    OWN_FD file = words_file("said");
    CHECK(file >= 0 && last_is(file, ""));
    CHECK(say(file, "first\nno room\n") && last_is(file, "no room"));
    CHECK(say(file, "then another") && last_is(file, "then another"));
    char filler[3000];
    memset(filler, 'x', sizeof filler);
    CHECK(write(file, filler, sizeof filler) == (ssize_t)sizeof filler && say(file, "\nlast\n") && last_is(file, "last"));
}

/* A runtime's processes hold it as long as they live. */
static void a_file_is_bounded(void) {
    OWN_FD file = words_file("said");
    char flood[4096];
    struct stat status;
    ssize_t count = 0;
    memset(flood, '\n', sizeof flood);
    CHECK(say(file, "why\n"));
    for (int i = 0; i < 1000 && count >= 0; i++) {
        count = write(file, flood, sizeof flood);
    }
    CHECK(count < 0 && errno == EPERM);
    CHECK(fstat(file, &status) == 0 && status.st_size <= 64 << 10);
    CHECK(ftruncate(file, 1 << 20) != 0);
}

static void of_a_pipe(void) {
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    CHECK(say(ends[1], "one\ntwo\n") && last_is(ends[1], "two") && last_is(ends[1], ""));
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    of_a_file();
    a_file_is_bounded();
    of_a_pipe();
    return checks_report("words");
}
