/*
 * link.h - links (link.c)
 */
#ifndef CRIER_MDNS_LINK_H
#define CRIER_MDNS_LINK_H

#include "state.h"

bool link_on(const struct link *l, const struct addr *a); /* on its subnets */
bool link_is_own(const struct link *l, const struct addr *a);
/* Whether a multicast packet may leave now; else sets the pace timer. */
bool link_may_send(struct engine *e, struct link *l, uint8_t families);
void link_count_sent(struct engine *e, struct link *l, uint8_t families);

#endif
