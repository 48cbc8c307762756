/*
 * claim.h - claims and the names they want (claim.c, publish.c, host.c,
 * rename.c)
 */
#ifndef CRIER_MDNS_CLAIM_H
#define CRIER_MDNS_CLAIM_H

#include "state.h"

static inline struct claim *cl_claim(const struct clink *cl)
{
    return cl->apart ? ((const struct clink_apart *)(const void *)cl)->claim
                     : CONTAINER(cl, struct claim, first);
}
/* The first of the links it is on, from there by next. */
static inline struct clink *claim_links(const struct claim *c)
{
    return c->first.used ? (struct clink *)(uintptr_t)&c->first
                         : c->first.next;
}
struct clink *claim_on(const struct claim *c, unsigned link);
/* From all links; its records have gone already. */
void claim_detach_all(struct engine *e, struct claim *c);
void claim_link_up(struct engine *e, struct claim *c, unsigned link);
void claim_link_down(struct engine *e, struct claim *c, unsigned link);
/* Begin an attempt: wait delay_ms, be admitted, probe. */
void clink_restart(struct engine *e, struct clink *cl, uint32_t delay_ms);
/* ... without the random wait: the name was waited for already. */
void clink_again(struct engine *e, struct clink *cl, uint32_t delay_ms);
void clink_timer(struct engine *e, struct clink *cl);
void clink_quiet(struct engine *e, struct clink *cl);
void clink_probe_sent(struct engine *e, struct clink *cl);
/* The minute in which renames and updates are counted. */
void claim_window(struct engine *e, struct claim *c);
/* A record of an owned claim points at another name now: it is announced, as
 * soon as that name is owned too. */
void clink_follow(struct engine *e, struct clink *cl);
/* Announce what has to_say left. */
void clink_announce(struct engine *e, struct clink *cl);
void claim_drop(struct engine *e, struct claim *c); /* a reference */
/* Take the new name; goodbye: tell of the old one. */
enum engine_err claim_take_name(struct engine *e, struct claim *c,
                                const struct name *name, bool goodbye,
                                const struct addr *rival, unsigned link);
void claim_fail(struct engine *e, struct claim *c, const struct addr *rival,
                unsigned link);
/* Make the generated address records of a claim match the link's state. */
void host_update(struct engine *e, struct claim *c, unsigned link);
/* The next name to try for a claim (RFC 6762 section 9, D9). False if none
 * was found: the name leaves no room for a suffix. */
bool rename_next(struct engine *e, const struct claim *c, struct name *out);

#endif
