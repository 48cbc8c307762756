/*
 * serve.h - what clients on the control sockets may ask of crier run
 */
#ifndef CRIER_RUN_SERVE_H
#define CRIER_RUN_SERVE_H

#include "crier/conf.h"
#include "crier/loop.h"

struct serve;

/* Weak, since a program may be built without (make WITHOUT=serve): then
 * serve_new is a null pointer, and nobody has a struct serve. */
#define SERVE __attribute__((weak))

/* What a reload is, and where to say what was wrong. */
struct serve_hooks {
    void *ctx;
    bool (*reload)(void *ctx, struct text *errors,
                   struct pub_changes *done);
};

/* Open the sockets of c; what cannot be opened is said and done without.
 * NULL: none is open. All must outlive it. */
SERVE struct serve *serve_new(struct loop *l, struct pub *p, const struct conf *c,
                        const struct serve_hooks *hooks);
/* In each turn; when it wants the next one, 0: no time of its own. */
SERVE uint64_t serve_tick(struct serve *s, uint64_t now_ms);
/* The files were read again. */
SERVE void serve_reloaded(struct serve *s, const struct pub_changes *done);
/* What a client asked for, or what happened to a name of ours. */
SERVE void serve_event(struct serve *s, const struct dnssd_event *ev);
SERVE void serve_link(struct serve *s, unsigned link, enum loop_link_event what);
SERVE unsigned serve_clients(const struct serve *s);
SERVE void serve_free(struct serve *s); /* NULL: nothing */

#endif
