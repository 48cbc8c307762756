/*
 * look.c - what a claim holds, for callers that compare or list
 */
#include "claim.h"

const uint8_t *engine_claim_rdata(const struct claim *c, uint16_t type,
                                  size_t *len)
{
    for (const struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next) {
        if (rr->type == type && rr->owner == c->name) {
            *len = rr->fixed_len;
            return rr->fixed;
        }
    }
    return NULL;
}

uint64_t engine_claim_owned(const struct claim *c)
{
    uint64_t links = 0;

    if (c->failed)
        return 0;
    for (const struct clink *cl = claim_links(c); cl != NULL; cl = cl->next)
        if (cl->state == CLINK_OWNED)
            links |= UINT64_C(1) << cl->link;
    return links;
}
