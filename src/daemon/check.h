/*
 * check.h - whether the thing behind a service works
 *
 * check.c reads the key "check" and says what results in a row mean;
 * checks.c makes the checks. A service is held, that is withdrawn, while its
 * check fails.
 */
#ifndef CRIER_DAEMON_CHECK_H
#define CRIER_DAEMON_CHECK_H

#include "crier/conf.h"

enum { CHECK_PACE_MS = 10000 }; /* between two changes of a state */

struct check_state {
    bool known; /* there was a success before, or it is announced */
    bool up;
    uint8_t row;         /* results in a row that speak against `up` */
    uint64_t changed_ms; /* 0: never */
};

/* One result more. True: the state is another now. */
bool check_count(struct check_state *st, const struct service_check *c,
                 bool ok, uint64_t now_ms);

/* "tcp 127.0.0.1:80" and the like. */
void check_describe(const struct service_check *c, struct text *t);

/* --- checks.c -------------------------------------------------------------- */

struct check {
    struct check *next;
    struct checks *all;
    void *owner;
    struct service_check spec;
    struct check_state state;
    uint64_t due_ms; /* the next one; of a connection, when to give it up */
    int fd;          /* of a connection that is being made, or -1 */
    int err;         /* why it failed the last time */
};

struct checks {
    struct loop *loop;
    void (*changed)(void *ctx, struct check *k);
    void *ctx;
    struct check *first;
    uint64_t due_ms;     /* of all, at the earliest */
    unsigned connecting;
};

/* Begin; up: the service is announced already. NULL: no memory. */
struct check *check_new(struct checks *all, const struct service_check *spec,
                        void *owner, bool up);
/* Another check of the same service, which stays what it is until then. */
void check_change(struct check *k, const struct service_check *spec);
void check_free(struct check *k); /* NULL: nothing */

/* Make those that are due; when the next is, 0: never. */
uint64_t checks_tick(struct checks *all, uint64_t now_ms);

#endif
