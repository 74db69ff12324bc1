#include "loop.h"

#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

static int epoll_fd = -1;
static struct timer *timers;

static int64_t read_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_monotonic_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_monotonic_ms(void) {
    return clock_monotonic_ns() / NS_PER_MS;
}

int64_t clock_epoch_ns(void) {
    return read_clock(CLOCK_REALTIME);
}

int loop_open(void) {
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return epoll_fd < 0 ? -1 : 0;
}

int loop_watch(struct watch *watch, int fd, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        return -1;
    }
    watch->fd = fd;
    return 0;
}

void loop_change(struct watch *watch, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (watch->fd >= 0) {
        epoll_ctl(epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
    }
}

void loop_unwatch(struct watch *watch) {
    if (watch->fd >= 0) {
        epoll_ctl(epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
        watch->fd = -1;
    }
}

void loop_timer(struct timer *timer, int64_t after_ns) {
    loop_untimer(timer);
    timer->due_ns = clock_monotonic_ns() + after_ns;
    timer->next = timers;
    timer->armed = true;
    timers = timer;
}

void loop_untimer(struct timer *timer) {
    for (struct timer **at = &timers; timer->armed && *at != NULL; at = &(*at)->next) {
        if (*at == timer) {
            *at = timer->next;
            break;
        }
    }
    timer->armed = false;
}

static struct timer *earliest(void) {
    struct timer *first = timers;
    for (struct timer *timer = timers; timer != NULL; timer = timer->next) {
        if (timer->due_ns < first->due_ns) {
            first = timer;
        }
    }
    return first;
}

static int wait_ms(void) {
    struct timer *first = earliest();
    if (first == NULL) {
        return -1;
    }
    int64_t left = first->due_ns - clock_monotonic_ns();
    if (left <= 0) {
        return 0;
    }
    int64_t ms = (left + NS_PER_MS - 1) / NS_PER_MS;
    return ms > 3600000 ? 3600000 : (int)ms;
}

void loop_step(void) {
    /* One event at a time: a handler may free any other watch, which a batch could still point to. */
    struct epoll_event event;
    int count = epoll_wait(epoll_fd, &event, 1, wait_ms());
    if (count == 1) {
        struct watch *watch = event.data.ptr;
        watch->ready(watch, event.events);
    }
    int64_t now = clock_monotonic_ns();
    for (struct timer *timer = earliest(); timer != NULL && timer->due_ns <= now; timer = earliest()) {
        loop_untimer(timer);
        timer->due(timer);
    }
}
