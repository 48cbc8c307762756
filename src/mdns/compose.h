/*
 * compose.h - packets (pack.c, compose.c, compose_query.c)
 */
#ifndef CRIER_MDNS_COMPOSE_H
#define CRIER_MDNS_COMPOSE_H

#include "state.h"

/* A packet in the making, in e->out. */
struct pack {
    struct engine *e;
    struct link *l;
    struct wire_writer w;
    struct message_header head; /* written at the end */
    uint64_t number;      /* of the packet; records in it are marked so */
    bool unicast;
    bool legacy;
    uint8_t families;     /* over which to send it */
    unsigned in_count;
    struct rrlink **in;   /* e->packed */
};

void pack_begin(struct pack *p, struct engine *e, struct link *l, size_t max,
                uint16_t id, uint16_t flags);
/* Write the header; the length of the message. */
size_t pack_end(struct pack *p);
/* ... and hand the packet over: by multicast. */
void pack_multicast(struct pack *p);
/* Append a record; false, and the packet as before, if it does not fit. */
bool pack_rr(struct pack *p, const struct rr *rr, bool flush, uint32_t ttl_s,
             unsigned section);
/* What hangs on the records in the packet, as far as it fits. */
void pack_additional(struct pack *p);
/* Bytes of DNS message for one packet; oversize: for one record alone. */
size_t pack_limit(const struct link *l, uint8_t families, bool oversize);

/* Build the next packet for the link in e->out; *out is set for a unicast
 * one. False if there is nothing now. */
bool compose(struct engine *e, struct link *l, struct datagram *out);
bool compose_probe(struct engine *e, struct link *l);
bool compose_question(struct engine *e, struct link *l);

#endif
