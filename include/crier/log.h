/*
 * log.h - where the daemon's messages go, and how many
 *
 * All of them pass through text_err, one line a flush. While the log is open
 * each goes to standard error or, without standard error, to syslog, and
 * never waits there: what cannot be taken now is left out, as is what comes
 * faster than the rate, but for errors. How many lines were left out is a line
 * of its own.
 */
#ifndef CRIER_LOG_H
#define CRIER_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "crier/addr.h"
#include "crier/conf.h"

/* Lines that may come now: `rate` a second, ten times as many at once. */
struct log_bucket {
    uint64_t filled_ms;
    uint64_t micros; /* of a line, each */
};
bool log_take(struct log_bucket *b, uint32_t rate_millis, uint32_t burst,
              uint64_t now_ms);

/* Lines that each of some peers may cause. Zeroed at first. */
enum { LOG_PEERS = 32 };
struct log_peers {
    struct {
        struct addr addr;
        struct log_bucket bucket;
    } peer[LOG_PEERS];
};
bool log_peer_may(struct log_peers *p, const struct addr *a, uint64_t now_ms);

/* From now on, as the configuration says; all zero, as it says when it says
 * nothing, without a rate. Before the sandbox and all that leads to it.
 * detaches: standard error is there until log_detached() alone. */
void log_open(const struct conf *c, bool detaches);
void log_detached(void);
/* A peer is about to cause a line; false: it is left out, and counted. */
bool log_peer(const struct addr *a, uint64_t now_ms);
/* In each turn; when it wants the next one, 0: no time of its own. */
uint64_t log_tick(uint64_t now_ms);

#endif
