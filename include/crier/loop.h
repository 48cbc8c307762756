/*
 * loop.h - the select() loop that ties engine, dnssd and os together
 *
 * One struct loop is one running crier: links come and go with the system's
 * interfaces, datagrams move between sockets and engine, events are handed
 * to the owner. `crier run` and the stand-alone client verbs all use it.
 */
#ifndef CRIER_LOOP_H
#define CRIER_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "crier/dnssd.h"
#include "crier/engine.h"
#include "crier/os.h"

enum { LOOP_FDS_MAX = 64, LOOP_GLOBS_MAX = 64 };

struct loop_config {
    struct engine_config engine;
    struct dnssd_config dnssd;
    uint8_t families;         /* ADDR_V4 | ADDR_V6 */
    const char *ifglobs[LOOP_GLOBS_MAX]; /* "eth*", "!veth*"; excludes first;
                                 none: LOOP_DEFAULT_GLOBS below */
    unsigned ifglob_count;
    bool poll_interfaces;     /* do not use netlink */
    uint32_t poll_ms;         /* interface polling without netlink; 5000 */
    uint32_t rejoin_ms;       /* 600000; 0: never */
    bool allow_oneshot;       /* client verbs: yes; run, publish: no */
};
void loop_config_default(struct loop_config *cfg);

/* Interface defaults: everything that is up and can multicast, but not
 * lo, veth*, docker*, br-<12 hex>, tun*, ppp*. */

struct loop;

enum loop_link_event { LOOP_LINK_UP, LOOP_LINK_DOWN, LOOP_LINK_ERROR,
                       LOOP_LINK_POLITE };

/* What the owner is told; every member may be NULL. ctx is its own. */
struct loop_hooks {
    void *ctx;
    void (*event)(void *ctx, const struct dnssd_event *ev);
    void (*link)(void *ctx, unsigned link, enum loop_link_event what,
                 int err); /* err: negative errno for LOOP_LINK_ERROR */
    void (*tick)(void *ctx, uint64_t now_ms); /* after each turn */
    void (*signal)(void *ctx, int signo); /* TERM, INT, HUP, USR1, CHLD */
};

/* NULL and *err (negative errno) if memory or the wake-up pipe fails. */
struct loop *loop_new(const struct loop_config *cfg,
                      const struct loop_hooks *hooks, int *err);
struct dnssd *loop_dnssd(struct loop *l);
struct engine *loop_engine(struct loop *l);
uint64_t loop_now_ms(const struct loop *l);
/* Interface name of a link, "?" if it is down. */
const char *loop_link_name(const struct loop *l, unsigned link);
unsigned loop_link_count(const struct loop *l); /* links that are up */
/* Links (mask) whose interface matches a glob, among those up. */
/* Call hooks.tick no later than this (0: no own deadline). */
void loop_set_deadline(struct loop *l, uint64_t at_ms);
/* Watch a descriptor of the owner's: cb runs when it is readable/writable.
 * Returns -1 when the table or FD_SETSIZE is full. */
int loop_fd_add(struct loop *l, int fd, bool want_write,
                void (*cb)(void *ctx, int fd), void *ctx);
void loop_fd_remove(struct loop *l, int fd);

/* Run until loop_stop(). loop_stop(l, true): say goodbye first (at most
 * 500 ms for the packets to leave). Signals are caught from loop_new() on. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l, bool goodbye);
void loop_free(struct loop *l);

#endif
