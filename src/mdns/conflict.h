/*
 * conflict.h - whose name is it (conflict.c)
 */
#ifndef CRIER_MDNS_CONFLICT_H
#define CRIER_MDNS_CONFLICT_H

#include "state.h"

/* A response record for a name that we hold or have records at. True if it
 * is our own data, which the cache then need not keep. */
bool conflict_check(struct engine *e, const struct datagram *in,
                    struct node *n, const struct rr_view *rr,
                    const uint8_t *rdata, size_t len);
/* The reverse PTR of an address is not worth a conflict, and not probed for
 * (D24): whoever else wants it, another responder on this host say, has it. */
void conflict_yield_reverse(struct engine *e, struct node *n, unsigned link);
/* A query with proposed records for a name that we are probing for. */
void conflict_tiebreak(struct engine *e, const struct datagram *in,
                       struct node *n, const struct wire_reader *msg,
                       size_t ns_at, unsigned ns_count);
/* The attempt on that link ended well. */
void conflict_over(struct link *l);

#endif
