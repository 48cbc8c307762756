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

enum { LOOP_FDS_MAX = 96, LOOP_GLOBS_MAX = 64 };

struct loop_config {
    struct engine_config engine;
    struct dnssd_config dnssd;
    uint8_t families;         /* ADDR_V4 | ADDR_V6 */
    const char *ifglobs[LOOP_GLOBS_MAX]; /* see loop_iface_wanted(); must
                                 live as long as the loop */
    unsigned ifglob_count;
    bool poll_interfaces;     /* do not use netlink */
    uint32_t poll_ms;         /* interface polling without netlink; 5000 */
    uint32_t rejoin_ms;       /* 600000; 0: never */
    bool allow_oneshot;       /* client verbs: yes; run, publish: no */
};
void loop_config_default(struct loop_config *cfg);

/*
 * Does the list want the interface of that name? "!veth*" takes out, and is
 * looked at first; "eth*" takes in ("*": any text, "?": any character).
 * Without one that takes in, everything is in but lo, veth*, docker*,
 * br-<12 hex>, tun* and ppp*. Ports of a bridge or bond are never served,
 * nor is an interface without multicast, but for lo if it is named.
 */
bool loop_iface_wanted(const char *const *globs, unsigned count,
                       const char *name);

struct loop;

enum loop_link_event {
    LOOP_LINK_UP,     /* or it is up under another name now */
    LOOP_LINK_DOWN,
    LOOP_LINK_ERROR,  /* opening or sending fails; told once until it is over.
                         link ENGINE_NO_LINK and -ENOSPC: over 64 links */
    LOOP_LINK_POLITE, /* another responder on this host has the port */
};

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
/* The longest turn so far, without the wait for the next event. */
uint64_t loop_longest_ms(const struct loop *l);
/* Interface name of a link, the last one if it is down; "?" if it never
 * was up. */
const char *loop_link_name(const struct loop *l, unsigned link);
/* What the engine knows of a link; NULL if it is down. */
const struct link_state *loop_link_state(const struct loop *l, unsigned link);
unsigned loop_link_count(const struct loop *l); /* links that are up */
/* Call hooks.tick no later than this (0: no own deadline). */
void loop_set_deadline(struct loop *l, uint64_t at_ms);
/* Watch a descriptor of the owner's: cb runs when it is readable, with
 * want_write also when it is writable. Adding it again changes want_write, cb
 * and ctx. Returns 0, or -1 when the table or FD_SETSIZE is full. Remove it
 * before closing it; a callback may add and remove. */
int loop_fd_add(struct loop *l, int fd, bool want_write,
                void (*cb)(void *ctx, int fd), void *ctx);
void loop_fd_remove(struct loop *l, int fd);
/* cb runs when the system tells that what fd was opened for has changed, as
 * select() has it: an exceptional condition. One a loop; fd -1: none. */
void loop_fd_exception(struct loop *l, int fd, void (*cb)(void *ctx),
                       void *ctx);
/* Muted, a descriptor is not watched for reading. */
void loop_fd_mute(struct loop *l, int fd, bool on);

/* Run until loop_stop(). loop_stop(l, true): say goodbye first (at most
 * 500 ms for the packets to leave). Signals are caught from loop_new() to
 * loop_free(); without hooks.signal, TERM and INT stop with a goodbye. One
 * loop at a time may exist in a process. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l, bool goodbye);
void loop_free(struct loop *l);

#endif
