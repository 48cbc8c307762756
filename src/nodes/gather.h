/*
 * gather.h - the services of some types, or of all, kept current
 *
 * What `crier hook` and `crier export` have in common: they are not told of
 * packets but of services, and want to know when what was there already has
 * been told.
 */
#ifndef CRIER_NODES_GATHER_H
#define CRIER_NODES_GATHER_H

#include "crier/cli.h"

enum gather_news { GATHER_ADD, GATHER_UPDATE, GATHER_REMOVE };

struct gather_type {
    struct gather_type *next;
    struct dnssd_type type;
};

struct gather {
    /* The caller sets its limits, child and signal hooks, before opening. */
    struct session s;
    struct found_set found; /* f->ev.cookie: the struct gather_type asked */
    struct gather_type *types;
    struct name local;
    bool settled; /* the network has had its say, as for `browse -t` */
    uint64_t start_ms, last_ms; /* 0: not yet */

    void *ctx;
    /* f is in the set, also when it is about to be removed. */
    void (*news)(void *ctx, enum gather_news what, struct found *f);
    /* In each turn; returns when it wants the next one, 0: it does not. */
    uint64_t (*tick)(void *ctx, uint64_t now_ms);
};

/* One more type; false after a report. */
bool gather_type(struct gather *g, struct cli *cli, const char *text);

/* Begin to ask, for all types if there is none. CLI_OK or the exit code. */
int gather_open(struct gather *g, struct cli *cli);

#endif
