/* The one event loop of a process: fds and timers. */
#ifndef CRIJ_LOOP_H
#define CRIJ_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct watch {
    int fd; /* -1: not watched */
    void (*ready)(struct watch *watch, uint32_t events);
};

struct timer {
    int64_t due_ns; /* CLOCK_MONOTONIC */
    void (*due)(struct timer *timer);
    struct timer *next;
    bool armed;
};

int loop_open(void);
int loop_watch(struct watch *watch, int fd, uint32_t events); /* fd stays the caller's */
void loop_change(struct watch *watch, uint32_t events);
void loop_unwatch(struct watch *watch);
void loop_timer(struct timer *timer, int64_t after_ns);
void loop_untimer(struct timer *timer);
void loop_step(void); /* waits for and handles one event, then all timers that are due */

#define NS_PER_MS ((int64_t)1000000)
#define NS_PER_S ((int64_t)1000000000)
int64_t clock_monotonic_ns(void);
int64_t clock_monotonic_ms(void);
int64_t clock_epoch_ns(void);

#endif
