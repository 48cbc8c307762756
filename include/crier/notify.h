/*
 * notify.h - telling the service manager: READY, STATUS, WATCHDOG, STOPPING
 *
 * What sd_notify(3) does, for whoever sets NOTIFY_SOCKET, in datagrams.
 * Without it all calls do nothing.
 */
#ifndef CRIER_NOTIFY_H
#define CRIER_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct notify {
    int fd;            /* negative: nobody wants to know */
    bool ready;        /* READY=1 has been sent */
    uint64_t every_ms; /* watchdog; 0: none */
    uint64_t due_ms;
};

/* Connect as the environment says; before a chroot and the sandbox. A name
 * that begins with "@" is an abstract one. */
void notify_open(struct notify *n);

/* Lines of KEY=VALUE. False if it was not sent; it never waits. */
bool notify_send(const struct notify *n, const char *lines);

/* RELOADING=1; the next tick says READY=1 again. */
void notify_reloading(struct notify *n, uint64_t now_ms);

/* READY=1 once, and the watchdog: to be called in each turn of the loop.
 * Returns when it must be called again; 0: when there is a turn. */
uint64_t notify_tick(struct notify *n, uint64_t now_ms);

#endif
