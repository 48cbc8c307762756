/*
 * clock.c - milliseconds that only go forward
 */
#include "private.h"

/* A clock that fails or steps back, which only a broken kernel has, stands
 * still: the engine is promised that time does not go backwards. */
static uint64_t read_ms(clockid_t id, uint64_t *last_ms)
{
    struct timespec ts;

    if (os.clock_gettime(id, &ts) == 0 && ts.tv_sec >= 0) {
        uint64_t ms = (uint64_t)ts.tv_sec * 1000 +
                      (uint64_t)ts.tv_nsec / 1000000;

        if (ms > *last_ms)
            *last_ms = ms;
    }
    return *last_ms;
}

uint64_t os_now_ms(void)
{
    static uint64_t last_ms;

    return read_ms(CLOCK_MONOTONIC, &last_ms);
}

uint64_t os_boottime_ms(void)
{
#ifdef CLOCK_BOOTTIME
    static uint64_t last_ms;

    if (os_facility(OS_BOOTTIME) == OS_UNTRIED) {
        struct timespec ts;

        facility_note(OS_BOOTTIME,
                      os.clock_gettime(CLOCK_BOOTTIME, &ts) == 0);
    }
    if (os_facility(OS_BOOTTIME) == OS_HAS)
        return read_ms(CLOCK_BOOTTIME, &last_ms);
#else
    facility_note(OS_BOOTTIME, false);
#endif
    return os_now_ms();
}

void os_pause(unsigned ms)
{
    struct timespec ts = {.tv_sec = (time_t)(ms / 1000),
                          .tv_nsec = (long)(ms % 1000) * 1000000};

    (void)os.nanosleep(&ts, NULL); /* cut short by a signal is fine */
}
