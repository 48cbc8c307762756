/*
 * cache.h - what was heard (cache.c, source.c)
 */
#ifndef CRIER_MDNS_CACHE_H
#define CRIER_MDNS_CACHE_H

#include "state.h"

bool cache_wanted(const struct node *n, uint16_t type, unsigned link);
struct cached *cache_find(struct engine *e, struct node *n, uint16_t type,
                          unsigned link, const uint8_t *rdata, size_t len);
void cache_take(struct engine *e, const struct datagram *in, struct node *n,
                const struct rr_view *rr, const uint8_t *rdata, size_t len);
void cache_timer(struct engine *e, struct cached *c);
/* Interest in the node changed: sort its records into wanted and not. */
void cache_review(struct engine *e, struct node *n);
void cache_remove(struct engine *e, struct cached *c);
/* A record of our own takes the place of one heard. */
void cache_yield(struct engine *e, const struct rrlink *rl);
void cache_flush_for(struct engine *e, const struct rrlink *rl);
void cache_drop(struct engine *e, struct cached *c); /* a reference */
bool cache_evict(struct engine *e);
void cache_expire_in(struct engine *e, struct cached *c, uint32_t in_ms);
void cache_link_down(struct engine *e, unsigned link);
void cache_distrust(struct engine *e, unsigned link, uint32_t in_ms);
/* Whether c is an answer to q, the denial in an NSEC included. */
bool cache_answers(const struct cached *c, const struct question *q);
bool cache_fresh(const struct engine *e, const struct cached *c);
size_t cached_rdata(const struct cached *c, uint8_t *buf);
bool cached_equal(const struct cached *c, uint16_t type,
                  const uint8_t *rdata, size_t len);
/* A QM query of another host for what c answers (RFC 6762 section 10.5). */
void cache_poof(struct engine *e, struct cached *c);
bool source_init(struct engine *e);
struct source *source_get(struct engine *e, unsigned link,
                          const struct addr *a);
/* The sender with most records; there is one if anything is cached. */
struct source *source_largest(struct engine *e);
void source_gone(struct engine *e, struct source *s);

#endif
