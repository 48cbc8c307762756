/*
 * ctl.h - clients of a daemon, on Unix stream sockets
 *
 * Lines come in, answers go out; what they mean is the owner's business. No
 * client is ever waited for. A client's next line is taken up when there is
 * room for its answer, so nothing queues up here. When all places are taken,
 * the client goes that has been silent longest, or that has not read its
 * answer for 10 s; if there is none the new one is turned away. Clients that
 * listen on go last. Some places are for full rights alone, and a guest's
 * socket has but a few. What is no whole line at the end is discarded.
 */
#ifndef CRIER_CTL_H
#define CRIER_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crier/loop.h"
#include "crier/text.h"

enum {
    CTL_LINE_MAX = 4096,   /* as of the tokenizer */
    CTL_QUEUE_MAX = 65536, /* bytes of answers that wait to be read */
    CTL_ROOM_MIN = 8192,   /* that an answer, or a piece of it, may take */
    CTL_LAST_MAX = 256,    /* bytes of last words */
    CTL_CLIENTS_MAX = 64,
    CTL_CLIENTS_KEPT = 4,  /* places for full rights */
    CTL_GUESTS_MAX = 16,   /* guest sockets */
    CTL_GUEST_CLIENTS = 4, /* of one of them */
};

/* What a socket's clients may do; CTL_GUEST + i: what guest i may. */
enum { CTL_FULL, CTL_LOOK, CTL_GUEST };

struct ctl;
struct ctl_client;

struct ctl_hooks {
    void *ctx;
    /* A line, without its end; one byte over CTL_LINE_MAX if it is longer:
     * then the client is hung up on after the answer. */
    void (*line)(void *ctx, struct ctl_client *c, const char *line,
                 size_t len);
    /* The next piece of a long answer, see ctl_continue(). */
    void (*more)(void *ctx, struct ctl_client *c);
    /* All that was said so far has been read. */
    void (*drained)(void *ctx, struct ctl_client *c);
    /* It has gone: not to be used any more. */
    void (*gone)(void *ctx, struct ctl_client *c);
};

struct ctl *ctl_new(struct loop *l, unsigned clients_max,
                    const struct ctl_hooks *hooks);
/* Serve what os_unix_listen() or os_vsock_listen() returned, once for each of
 * the rights; cid as for os_accept(). False: no room. */
bool ctl_listen(struct ctl *t, int fd, unsigned rights, uint32_t cid);
/* To be called in each turn; when it wants to be called next, 0: never. */
uint64_t ctl_tick(struct ctl *t, uint64_t now_ms);
unsigned ctl_clients(const struct ctl *t);
void ctl_free(struct ctl *t); /* NULL: nothing */

unsigned ctl_rights(const struct ctl_client *c);
struct text *ctl_out(struct ctl_client *c);   /* where answers go */
void **ctl_state(struct ctl_client *c);       /* the owner's; NULL at first */
/* The i-th client, in no order that lasts; NULL past the last. */
struct ctl_client *ctl_client(const struct ctl *t, unsigned i);
/* The answer goes on: hooks.more gets *ctl_cursor(), 0 at first, whenever
 * there is room, until ctl_done(). */
void ctl_continue(struct ctl_client *c);
uint32_t *ctl_cursor(struct ctl_client *c);
void ctl_done(struct ctl_client *c);
/* It listens on: something was said outside of the hooks for answers. */
void ctl_said(struct ctl_client *c);
/* It does not read as fast as there is news: hang up, with last words. */
void ctl_drop(struct ctl_client *c, const struct text *last);

#endif
