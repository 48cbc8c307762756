/*
 * schedule.h - what waits to be sent (schedule.c)
 */
#ifndef CRIER_MDNS_SCHEDULE_H
#define CRIER_MDNS_SCHEDULE_H

#include "state.h"

/* When the record, with its whole RRset if it is unique, may be multicast on
 * the link again. */
uint64_t schedule_earliest(const struct rrlink *rl, uint8_t flags);
/* Multicast rl now (at the earliest that the one-second rule allows). */
void schedule_now(struct engine *e, struct rrlink *rl, uint8_t families,
                  uint8_t flags);
/* ... at due_ms, together with what else is due then. tc: the batch of a
 * truncated query, else NULL. */
void schedule_at(struct engine *e, struct rrlink *rl, uint8_t families,
                 uint8_t flags, uint64_t due_ms, struct batch *tc);
void schedule_cancel(struct rrlink *rl);
struct batch *schedule_tc(struct engine *e, struct link *l,
                          const struct addr *source, bool make);
void schedule_tc_extend(struct engine *e, struct batch *b);
void schedule_batch_due(struct engine *e, struct batch *b);
void schedule_link_down(struct engine *e, struct link *l);
struct reply *schedule_reply(struct engine *e, const struct datagram *in,
                             unsigned room, size_t question_len);
/* False if there is no room; a record that is in already is not added. */
bool reply_add(struct reply *r, struct rr *rr);
/* Send it at due_ms, or with the batch it belongs to. */
void reply_due(struct engine *e, struct reply *r, uint64_t due_ms);
void reply_strike(struct engine *e, struct reply *r, const struct rr *rr);
void reply_free(struct engine *e, struct reply *r);

#endif
