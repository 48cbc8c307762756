/*
 * peers.h - the same questions to a list of hosts, one by one
 *
 * For links where multicast is forbidden. Each host is asked by unicast, from
 * a port of our own, which it answers likewise (RFC 6762 section 6.7).
 */
#ifndef CRIER_NODES_PEERS_H
#define CRIER_NODES_PEERS_H

#include "crier/cli.h"

struct peers;

/* NULL: no memory. */
struct peers *peers_new(void);

/* ADDRESS[%IFACE], or a file of such words. False after a report. */
bool peers_add(struct peers *p, struct cli *cli, const char *word);

/* Ask all what they have of that type, each three times at most, for at most
 * so long; who is silent is told unless quiet. */
void peers_ask(struct peers *p, const struct dnssd_type *type,
               uint32_t limit_ms, bool quiet);

/* What they have, in a malloced list; NULL if none or no memory. */
struct found **peers_found(const struct peers *p, size_t *count);

#endif
