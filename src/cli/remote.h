/*
 * remote.h - a client verb's way to a running daemon
 */
#ifndef CRIER_CLI_REMOTE_H
#define CRIER_CLI_REMOTE_H

#include "crier/cli.h"
#include "crier/relay.h"

struct remote;

struct remote_hooks {
    void *ctx;
    /* r->ev.link is a number that remote_iface() knows, the cookie is set. */
    void (*event)(void *ctx, const struct relay *r);
    void (*refused)(void *ctx, const char *why); /* a line of JSON */
    void (*gone)(void *ctx);    /* the daemon */
};

/*
 * Connect and attach; NULL: there is no daemon that would do, and the verb is
 * to ask by itself. looks: nothing is to be changed. *fatal: a socket that
 * was named on the command line is not to be had, which was said.
 */
struct remote *remote_open(const struct cli *cli, bool looks,
                           const struct remote_hooks *hooks, bool *fatal);
/* Frames come as events of that loop from now on. */
void remote_start(struct remote *r, struct loop *l);
void remote_close(struct remote *r); /* NULL: nothing */

const char *remote_iface(const struct remote *r, unsigned link);

/* Begin a request, to be filled in and sent; the cookie comes with events. */
struct text *remote_ask(struct remote *r, const char *verb);
void remote_word(struct text *t, const char *key, const char *value);
void remote_name(struct text *t, const char *key, const struct name *n);
bool remote_send(struct remote *r, void *cookie);

#endif
