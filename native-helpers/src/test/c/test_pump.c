/* Pumps between pipes, sockets and terminals, each with an end that is slow, full or gone. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "check.h"
#include "own.h"
#include "pump.h"

static struct pump pump;
static int overs;
static bool was_broken;

static void on_over(struct pump *ended, bool broken) {
    CHECK(ended == &pump && pump_is_idle(ended));
    overs++;
    was_broken = broken;
}

static void on_tick(struct timer *timer) {
    (void)timer;
}

/* Lets the loop work; a terminal hands its bytes on in a thread of the kernel's. */
static void run(void) {
    static struct timer tick = {.due = on_tick};
    for (int i = 0; i < 50; i++) {
        loop_timer(&tick, NS_PER_MS);
        loop_step();
    }
}

static void fill(char *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        data[i] = (char)(i * 31 >> 3);
    }
}

/* Sends more than the kernel holds at once and compares what comes out. */
static void all_bytes_pass(enum pump_way way, int source, int in, int out, int sink) {
    enum { LENGTH = 1 << 20 };
    static char sent[LENGTH], received[LENGTH + 1];
    size_t written = 0, taken = 0;
    fill(sent, LENGTH);
    overs = 0;
    fcntl(source, F_SETFL, O_NONBLOCK);
    fcntl(sink, F_SETFL, O_NONBLOCK);
    CHECK(pump_start(&pump, way, in, out, on_over) == 0);
    for (int i = 0; i < 100000 && overs == 0; i++) {
        ssize_t count = written < LENGTH ? write(source, sent + written, LENGTH - written) : 0;
        written += count > 0 ? (size_t)count : 0;
        if (written == LENGTH && source >= 0) {
            own_close(&source);
        }
        static struct timer tick = {.due = on_tick};
        loop_timer(&tick, 0);
        loop_step();
        count = read(sink, received + taken, sizeof received - taken);
        taken += count > 0 ? (size_t)count : 0;
    }
    for (ssize_t count; (count = read(sink, received + taken, sizeof received - taken)) > 0;) {
        taken += (size_t)count;
    }
    CHECK(overs == 1 && !was_broken);
    CHECK(taken == LENGTH && memcmp(sent, received, LENGTH) == 0);
    close(sink);
}

static void every_way(void) {
    int pipe_in[2], pipe_out[2], left[2], right[2];
    CHECK(pipe(pipe_in) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, right) == 0);
    all_bytes_pass(PUMP_PIPE, pipe_in[1], pipe_in[0], right[0], right[1]);
    CHECK(pipe(pipe_out) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, left) == 0);
    all_bytes_pass(PUMP_PIPE, left[1], left[0], pipe_out[1], pipe_out[0]);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, left) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, right) == 0);
    all_bytes_pass(PUMP_SOCKETS, left[1], left[0], right[0], right[1]);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, left) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, right) == 0);
    all_bytes_pass(PUMP_COPY, left[1], left[0], right[0], right[1]);
}

static void a_reader_that_leaves_ends_the_pump(void) {
    int in[2], out[2];
    CHECK(pipe(in) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, out) == 0);
    overs = 0;
    CHECK(pump_start(&pump, PUMP_PIPE, in[0], out[0], on_over) == 0);
    run();
    CHECK(overs == 0);
    close(out[1]);
    run();
    CHECK(overs == 1 && was_broken);
    CHECK(write(in[1], "x", 1) == -1 && errno == EPIPE);
    close(in[1]);
}

static void a_writer_learns_that_nobody_reads(void) {
    int in[2], out[2];
    CHECK(pipe(out) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, in) == 0);
    int again = dup(in[0]); /* as in a forwarded port, whose other direction goes on */
    overs = 0;
    CHECK(pump_start(&pump, PUMP_PIPE, in[0], out[1], on_over) == 0);
    close(out[0]);
    run();
    CHECK(overs == 1 && was_broken);
    CHECK(send(in[1], "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
    close(again);
    close(in[1]);
}

static void what_is_there_is_finished_though_the_writer_stays(void) {
    int in[2], out[2];
    char data[16];
    CHECK(pipe(in) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, out) == 0);
    overs = 0;
    CHECK(pump_start(&pump, PUMP_PIPE, in[0], out[0], on_over) == 0);
    CHECK(write(in[1], "last", 4) == 4);
    pump_finish(&pump);
    CHECK(write(in[1], "late", 4) == 4);
    run();
    CHECK(overs == 1 && !was_broken);
    CHECK(read(out[1], data, sizeof data) == 4 && memcmp(data, "last", 4) == 0 && read(out[1], data, sizeof data) == 0);
    close(in[1]);
    close(out[1]);
}

static void nothing_is_written_where_there_is_no_output(void) {
    int in[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, in) == 0);
    overs = 0;
    CHECK(pump_start(&pump, PUMP_COPY, in[0], -1, on_over) == 0);
    CHECK(write(in[1], "x", 1) == 1);
    run();
    CHECK(overs == 0);
    close(in[1]);
    run();
    CHECK(overs == 1 && !was_broken);
}

static void a_terminal_is_read_to_its_end(void) {
    int out[2];
    char data[16];
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    CHECK(grantpt(master) == 0 && unlockpt(master) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, out) == 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    overs = 0;
    CHECK(pump_start(&pump, PUMP_COPY, master, out[0], on_over) == 0);
    CHECK(write(slave, "hi\n", 3) == 3);
    run();
    CHECK(read(out[1], data, sizeof data) == 4 && memcmp(data, "hi\r\n", 4) == 0);
    close(slave);
    run();
    CHECK(overs == 1 && !was_broken && read(out[1], data, sizeof data) == 0);
    close(out[1]);
}

static void a_stopped_pump_says_nothing(void) {
    int in[2], out[2];
    CHECK(pipe(in) == 0 && pipe(out) == 0);
    overs = 0;
    CHECK(pump_start(&pump, PUMP_PIPE, in[0], out[1], on_over) == 0);
    pump_stop(&pump);
    CHECK(overs == 0 && pump_is_idle(&pump));
    CHECK(write(in[1], "x", 1) == -1 && errno == EPIPE);
    close(in[1]);
    close(out[0]);
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    CHECK(loop_open() == 0);
    every_way();
    a_reader_that_leaves_ends_the_pump();
    a_writer_learns_that_nobody_reads();
    what_is_there_is_finished_though_the_writer_stays();
    nothing_is_written_where_there_is_no_output();
    a_terminal_is_read_to_its_end();
    a_stopped_pump_says_nothing();
    return checks_report("pump");
}
