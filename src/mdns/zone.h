/*
 * zone.h - our records (zone.c)
 */
#ifndef CRIER_MDNS_ZONE_H
#define CRIER_MDNS_ZONE_H

#include "state.h"

/* A record in the zone, not yet on any link; NULL if memory is out. Holds
 * owner and target. */
struct rr *rr_new(struct engine *e, struct claim *c, struct node *owner,
                  uint16_t type, const uint8_t *fixed, size_t fixed_len,
                  struct node *target, bool unique);
/* Say goodbye where it was announced (if goodbye), then forget it. */
void rr_withdraw(struct engine *e, struct rr *rr, bool goodbye);
void rr_drop(struct engine *e, struct rr *rr); /* a reference */
static inline struct rr *rl_rr(const struct rrlink *rl)
{
    return rl->apart ? ((const struct rrlink_apart *)(const void *)rl)->rr
                     : CONTAINER(rl, struct rr, first);
}
static inline void rl_add_families(struct rrlink *rl, uint8_t families)
{
    rl->families = (rl->families | families) & 3u;
}
/* The first of the links it is on, from there by next. */
static inline struct rrlink *rr_links(const struct rr *rr)
{
    return rr->first.used ? (struct rrlink *)(uintptr_t)&rr->first
                          : rr->first.next;
}
static inline struct rrlink *rr_on(const struct rr *rr, unsigned link)
{
    struct rrlink *rl;

    if (rr->first.used && rr->first.link == link)
        return (struct rrlink *)(uintptr_t)&rr->first;
    for (rl = rr->first.next; rl != NULL && rl->link != link; rl = rl->next)
        ;
    return rl;
}
/* Put it on the link, silent; NULL if memory is out. */
struct rrlink *rr_attach(struct engine *e, struct rr *rr, unsigned link);
void rrlink_detach(struct engine *e, struct rrlink *rl);
/* It may be answered here from now on: tell watches, announce twice. */
void rrlink_live(struct engine *e, struct rrlink *rl);
void rrlink_quiet(struct engine *e, struct rrlink *rl);
/* Flat rdata into buf of RR_FLAT_MAX; the length. */
size_t rr_rdata(const struct rr *rr, uint8_t *buf);
/* Our record with that owner and data, that of the link if there is one,
 * else that of any; NULL if none. */
struct rr *zone_find(const struct engine *e, const struct node *n,
                     uint16_t type, const uint8_t *rdata, size_t len,
                     unsigned link);
/* Another host's record was heard, which may be the successor of one of ours
 * that leaves: the goodbye is not repeated then, which would be his. */
void zone_succeeded(struct engine *e, unsigned link, const struct node *n,
                    uint16_t type, const uint8_t *rdata, size_t len);
/* The NSEC of a name, made on demand; NULL if we do not own the name
 * exclusively on the link. */
struct rrlink *zone_nsec(struct engine *e, struct node *n, unsigned link,
                         uint16_t asked);
/* RFC 6762 section 10. */
uint32_t rr_default_ttl(uint16_t type);
/* Own data given up less than two minutes ago (echoes are no conflict). */
bool zone_retired(const struct engine *e, const struct node *n, uint16_t type,
                  const uint8_t *rdata, size_t len);
bool node_exclusive(const struct node *n, unsigned link);
static inline bool rr_live_on(const struct rr *rr, unsigned link,
                              struct rrlink **rl)
{
    *rl = rr_on(rr, link);
    return *rl != NULL && ((*rl)->flags & RL_LIVE) != 0;
}

#endif
